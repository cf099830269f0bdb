"""Pages on rows that are shared until a clinic changes one and has its own."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.safestring import SafeString

from clinic.admin import ClinicModelAdmin, badge, required_actor
from clinic.models import Actor
from exercises.shared_rows import existing_copy
from exercises.sources import with_titles

if TYPE_CHECKING:
    Page = ClinicModelAdmin
else:
    Page = object


class OriginFilter(admin.SimpleListFilter):
    """Shared or own."""

    title, parameter_name = "Origin", "origin"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Both."""
        return [("own", "Own"), ("shared", "Shared library")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Filter."""
        if not self.value():
            return None
        return queryset.filter(clinic__isnull=self.value() == "shared")


class SharedPages(Page):
    """The first change of a shared row makes the clinic's own, which replaces it."""

    def own(self, row: Any, actor: Actor) -> Any:
        """Return the clinic's own copy of a row, made now if there is none."""
        raise NotImplementedError

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Go on with the own copy where it has replaced a shared row meanwhile."""
        copy = self._replacement(request, object_id)
        if copy is None:
            return super().change_view(request, object_id, *args, **kwargs)
        if request.method == "POST":
            return super().change_view(request, str(copy.pk), *args, **kwargs)
        return redirect(self.url_of(copy))

    def _replacement(self, request: HttpRequest, object_id: str) -> Any:
        try:
            pk = UUID(object_id)
        except ValueError:
            return None
        shared = self.model.objects.shared().filter(pk=pk).first()
        return existing_copy(shared, required_actor(request)) if shared else None

    @transaction.atomic
    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        """Store; what was shared becomes the clinic's own with the first change."""
        if change and not form.has_changed():
            return
        if change and obj.is_shared:
            self._make_own(request, obj)
        elif change:
            obj.version += 1
        super().save_model(request, obj, form, change)

    def _make_own(self, request: HttpRequest, row: Any) -> None:
        """Turn the edited shared row into the edited own copy."""
        shared = self.model.objects.shared().get(pk=row.pk)
        copy = self.own(shared, required_actor(request))
        row.pk, row.clinic, row.version = copy.pk, copy.clinic, copy.version
        if hasattr(row, "content_digest"):
            row.content_digest = ""
        messages.info(
            request,
            f"“{row}” is now your clinic's own. The shared one stays for others.",
        )

    @admin.display(description="Origin", ordering="clinic")
    def origin(self, row: Any) -> SafeString:
        """Shared or own, or no longer in use."""
        if getattr(row, "is_archived", False):
            return badge("", "lock", "Archived")
        if row.is_shared:
            return badge("", "book-open", "Shared")
        return badge("acc", "star", "Own")

    @admin.display(description="Source")
    def source_titles(self, row: Any) -> str:
        """The sources by title."""
        return with_titles(row.source)

    def refuse_readers(self, request: HttpRequest) -> None:
        """Stop who may not write, and whatever is not sent by a form."""
        if request.method != "POST" or not self.may(request, self.write_scope):
            raise PermissionDenied
