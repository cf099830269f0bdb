"""/fhir/R4: one program as a Bundle, and what this server can do."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clinic.api.preconditions import tag_of
from clinic.api.views import ApiViewSet, UnknownRoute
from clinic.models import MemberExternalId
from clinic.roles import Scope
from prescriptions import handouts
from prescriptions.fhir.bundle import Export, bundle_of, capability_statement, outcome
from prescriptions.models import Handout, Program, Revision, Status

MEDIA_TYPE = "application/fhir+json"
FORMATS = {"json", "application/json", MEDIA_TYPE}


class FhirRenderer(JSONRenderer):
    """JSON under the media type of FHIR."""

    media_type = MEDIA_TYPE
    format = "fhir"


class FhirMixin(APIView):
    """Answers in FHIR, problems too."""

    renderer_classes = [FhirRenderer]
    schema = None  # the CapabilityStatement describes it

    def handle_exception(self, exc: Exception) -> Response:
        """Answer problems as an OperationOutcome."""
        answer = super().handle_exception(exc)
        answer.data = outcome(answer.data)
        answer.content_type = MEDIA_TYPE
        return answer


class UnknownFhirRoute(FhirMixin, UnknownRoute):
    """The answer for addresses below /fhir that do not exist."""


class FhirViewSet(FhirMixin, ApiViewSet):
    """FHIR R4 (4.0.1), to read."""

    queryset = Program.objects.all()
    audited = "program"
    scopes = dict.fromkeys(("everything", "metadata"), Scope.FHIR_EXPORT)
    query_parameters = dict.fromkeys(("everything", "metadata"), ("_format",))

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse another format than the one there is."""
        super().initial(request, *args, **kwargs)
        if request.query_params.get("_format", "json") not in FORMATS:
            told = [ErrorDetail("Give json.", "invalid_choice")]
            raise ValidationError({"_format": told})

    def everything(self, request: Request, **kwargs: Any) -> Response:
        """Return the Bundle of one program."""
        program = self.get_object()
        self.note_read(program)
        rows = Revision.objects.visible_to(self.actor).filter(program=program)
        revisions = rows.select_related("issued_by").defer("document")
        handout = self._handout(program)
        export = Export(
            program=program,
            revisions=list(revisions),
            handout=handout,
            pdf=self._pdf(handout),
            base=_base(),
            numbers=self._numbers(),
        )
        bundle = bundle_of(export, at=program.updated_at)
        return Response(bundle, headers={"ETag": f"W/{tag_of(bundle)}"})

    def get_queryset(self) -> Any:
        """Programs with contents and the patient's numbers."""
        rows: Any = super().get_queryset()
        return rows.with_contents().prefetch_related("patient__external_ids")

    def _numbers(self) -> dict[UUID, list[MemberExternalId]]:
        """Return the numbers of the clinic's practitioners, by their id."""
        found: dict[UUID, list[MemberExternalId]] = {}
        rows = MemberExternalId.objects.visible_to(self.actor)
        for row in rows.select_related("membership"):
            found.setdefault(row.membership.practitioner_id, []).append(row)
        return found

    def _handout(self, program: Program) -> Handout | None:
        ready = Handout.objects.visible_to(self.actor).filter(status=Status.READY)
        current = ready.filter(
            revision__program=program, revision__superseded_at__isnull=True
        )
        return current.select_related("revision__program").first()

    def _pdf(self, handout: Handout | None) -> bytes:
        if handout is None:
            return b""
        with handouts.open_handout(handout, actor=self.actor) as file:
            return file.read()

    @extend_schema(exclude=True)
    def metadata(self, request: Request, **kwargs: Any) -> Response:
        """Return the CapabilityStatement."""
        today = timezone.localdate().isoformat()
        return Response(capability_statement(base=_base(), on=today))


def _base() -> str:
    return f"{settings.PUBLIC_URL}/fhir/R4"
