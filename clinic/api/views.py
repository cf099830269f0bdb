"""The base of all resources."""

import json
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from django.conf import settings
from django.db.models import Model, QuerySet
from django.views.decorators.http import conditional_page
from rest_framework import mixins
from rest_framework.exceptions import (
    NotFound,
    ParseError,
    UnsupportedMediaType,
)
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from clinic.api.authentication import actor_of
from clinic.api.deprecation import Deprecation
from clinic.api.errors import PayloadTooLarge
from clinic.api.filters import refuse_unknown
from clinic.api.idempotency import once
from clinic.audit import record
from clinic.models import Actor
from clinic.roles import Scope


class OneRenderer(DefaultContentNegotiation):
    """Answers in the one form there is, whatever the caller would accept."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> Any:
        """Return the first renderer."""
        return renderers[0], renderers[0].media_type


class SoundJSONParser(JSONParser):
    """JSON that can be followed to its depth, and written again as UTF-8."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the value; ParseError when it is not JSON."""
        try:
            value = super().parse(stream, media_type, parser_context)
            # Half a surrogate pair can be escaped in JSON, but neither stored nor
            # shown, not even in the error that would name it.
            json.dumps(value, ensure_ascii=False).encode()
        except RecursionError as error:
            raise ParseError("The body is nested too deeply.") from error
        except UnicodeEncodeError as error:
            raise ParseError("The body holds half a surrogate pair.") from error
        return value


class ApiViewSet(GenericViewSet[Any]):
    """A resource of the actor's clinic.

    ``scopes`` names a scope for each action; an action without one is refused.
    ``audited`` is the word for reads in the audit trail, empty for what is no data of
    a patient. ``deprecated`` names what will go; ``secret_answers`` what shows a secret
    once and is not kept for a repeat. ``query_parameters`` names those of actions other
    than lists.
    """

    scopes: Mapping[str, Scope] = {}
    audited = ""
    deprecated: Mapping[str, Deprecation] = {}
    secret_answers: tuple[str, ...] = ()
    query_parameters: Mapping[str, tuple[str, ...]] = {}
    content_negotiation_class = OneRenderer
    parser_classes = [SoundJSONParser]
    metadata_class = None
    lookup_value_converter = "uuid"
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]

    @classmethod
    def as_view(cls, *args: Any, **kwargs: Any) -> Any:
        """Return the view; what the caller holds already is answered by a 304."""
        return conditional_page(super().as_view(*args, **kwargs))

    @property
    def actor(self) -> Actor:
        """Whoever asks."""
        return actor_of(self.request)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the caller, then the size of the body and the parameters."""
        super().initial(request, *args, **kwargs)
        size = request.META.get("CONTENT_LENGTH") or ""
        if size.isdigit() and int(size) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise PayloadTooLarge
        if request.headers.get("Content-Encoding", "identity") != "identity":
            raise UnsupportedMediaType(request.content_type)
        if self.action != "list":
            refuse_unknown(request, self.query_parameters.get(self.action, ()))
        if request.method == "POST" and hasattr(self, "post"):
            is_kept = self.action not in self.secret_answers
            # DRF looks the handler up after this
            handler: Any = getattr(self, "post")  # noqa: B009 (set by as_view)
            self.post = once(handler, self.handle_exception, is_kept=is_kept)

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        """Add what is said of an operation that will go."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        if told := self.deprecated.get(self.action or ""):
            for name, value in told.headers().items():
                answer[name] = value
        return answer

    def get_queryset(self) -> QuerySet[Any]:
        """Return the rows that the actor may see."""
        rows: Any = super().get_queryset()
        visible: QuerySet[Any] = rows.visible_to(self.actor)
        return visible

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Filter lists; a single thing is found by its id alone."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    def note_read(self, target: Model) -> None:
        """Record that a thing was read, where that has to be known."""
        if self.audited:
            record(self.actor, f"{self.audited}.viewed", target)


class ListMixin(mixins.ListModelMixin):
    """A list, recorded once with the number of its rows."""

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page, newest first."""
        answer = super().list(request, *args, **kwargs)
        view: Any = self
        if view.audited:
            count = len(answer.data["results"])
            record(view.actor, f"{view.audited}.listed", count=count)
        return answer


class RetrieveMixin(mixins.RetrieveModelMixin):
    """One thing, recorded when read."""

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one by its id."""
        view: Any = self
        thing = view.get_object()
        view.note_read(thing)
        return Response(view.get_serializer(thing).data)


class UnknownRoute(APIView):
    """The answer for addresses below /api that do not exist."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    content_negotiation_class = OneRenderer
    schema = None
    # No verb is there, so none is named
    default_response_headers: dict[str, str] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse every verb alike."""
        raise NotFound
