"""What all admin pages stand on: one clinic, rights by role, an audit trail."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IS_POPUP_VAR, IncorrectLookupParameters
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db import DataError
from django.db.models import QuerySet
from django.forms.models import _get_foreign_key
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst

from clinic.admin.forms import ActorForm, NamedRows
from clinic.admin.history import events_of
from clinic.admin.rights import (
    RightsMixin,
    ScopedChoicesMixin,
    actor_of,
    required_actor,
)
from clinic.audit import record
from clinic.models import TenantQuerySet

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    StackedInline = admin.StackedInline[Any, Any]
else:
    ModelAdmin = admin.ModelAdmin
    StackedInline = admin.StackedInline

ObjectView = Callable[..., HttpResponseBase]


@dataclass(frozen=True)
class Nav:
    """Place of a page in the navigation: group, place in it, icon, other label."""

    group: str
    place: int
    icon: str
    label: str = ""


@dataclass(frozen=True)
class Tool:
    """A button on an object's page: its word, icon, address, and how it is sent."""

    label: str
    icon: str
    url: str
    is_post: bool = True
    is_danger: bool = False
    # What will be lost, asked before it is sent; the word of the way back
    confirm: str = ""
    keep: str = ""


class Rows(ChangeList):
    """The rows of a list; a page past the end, as after archiving, shows the first."""

    def get_results(self, request: HttpRequest) -> None:
        """Look at the page that was asked for, as far as there is one."""
        try:
            super().get_results(request)
        except IncorrectLookupParameters:
            self.page_num = 1
            super().get_results(request)


class ClinicModelAdmin(RightsMixin, ScopedChoicesMixin, ModelAdmin):
    """A page on rows of one clinic."""

    form = ActorForm
    nav: ClassVar[Nav | None] = None
    # One sentence under the heading of the list
    lead: ClassVar[str] = ""
    # What rows are called, one and several, where the model has no word for users
    noun: ClassVar[str] = ""
    plural: ClassVar[str] = ""
    # What the place is for, while its usual list has nothing to show
    empty: ClassVar[str] = ""
    # Reading such pages and lists is itself an event: patients may ask who did
    records_views: ClassVar[bool] = False
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    view_on_site = False
    actions: Any = None

    @property
    def list_title(self) -> str:
        """What the list is called: on its page, in navigation and breadcrumbs."""
        label = self.nav.label if self.nav else ""
        return label or capfirst(str(self.opts.verbose_name_plural))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Rows that the actor may see."""
        rows = super().get_queryset(request)
        assert isinstance(rows, TenantQuerySet)  # noqa: S101 (others override this)
        return rows.visible_to(actor_of(request))

    def get_form(
        self,
        request: HttpRequest,
        obj: Any = None,
        change: bool = False,
        **kwargs: Any,
    ) -> Any:
        """The form, in the name of the actor."""
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.actor = actor_of(request)
        form.parts = [
            (
                inline.model,
                _get_foreign_key(self.model, inline.model, inline.fk_name).name,
            )
            for inline in self.inlines
        ]
        return form

    def object_or_404(self, request: HttpRequest, object_id: str) -> Any:
        """Return a row of the clinic; any other one does not exist."""
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404
        return found

    def _get_obj_does_not_exist_redirect(self, *args: Any) -> HttpResponseRedirect:
        """An unknown row and another clinic's row are the same 404."""
        raise Http404

    # Audit trail

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Record that the row was made."""
        record(actor_of(request), f"{self.opts.model_name}.created", obj)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Record that the row was changed, with the names of the fields alone."""
        action = f"{self.opts.model_name}.changed"
        record(actor_of(request), action, obj, fields=", ".join(message)[:200])

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Record each deletion."""
        for obj in queryset:
            record(actor_of(request), f"{self.opts.model_name}.deleted", obj)

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """Name what changed: columns and inlines, never their content."""
        names = list(form.changed_data)
        changed = [f.model._meta.model_name for f in formsets or () if f.has_changed()]
        return [*names, *changed]

    def history_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the audit events of the row."""
        obj = self.object_or_404(request, object_id)
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        context = {"object": obj, "events": events_of(required_actor(request), obj)}
        return self.page(
            request, "admin/object_history.html", f"History: {obj}", obj, **context
        )

    # Answers

    def page(
        self, request: HttpRequest, template: str, title: str, obj: Any, **more: Any
    ) -> TemplateResponse:
        """Return a page of the admin about a row."""
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "list_title": self._page_of(obj).list_title,
            "opts": self.opts,
            "original": obj,
            "change_url": self.url_of(obj),
            # As the summary of errors finds it
            "adminform": {"form": more.get("form")},
        }
        return TemplateResponse(request, template, context | more)

    def _page_of(self, obj: Any) -> "ClinicModelAdmin":
        """Return what a page belongs to: a patient's screening to the patients."""
        site = self.admin_site
        own = site.is_registered(type(obj)) and site.get_model_admin(type(obj))
        return own if isinstance(own, ClinicModelAdmin) else self

    def url_of(self, obj: Any, view: str = "change") -> str:
        """Return the address of a row's page."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{view}"
        return reverse(name, args=[obj.pk])

    def object_path(self, route: str, view: ObjectView) -> URLPattern:
        """Return the address of a page about one row, behind the sign-in."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_{route}"
        wrapped = self.admin_site.admin_view(view)
        return path(f"<uuid:object_id>/{route}/", wrapped, name=name)

    def step_path(self, route: str, view: ObjectView) -> URLPattern:
        """Return the address of a step, which is sent and never opened as a page.

        Whoever opens it all the same (a reload, an address kept) gets to the row.
        """

        def sent(request: HttpRequest, object_id: str) -> HttpResponseBase:
            if request.method == "POST":
                return view(request, object_id)
            return HttpResponseRedirect(
                self.url_of(self.object_or_404(request, object_id))
            )

        return self.object_path(route, update_wrapper(sent, view))

    def heading(self, obj: Any) -> str:
        """What the page of a row is called."""
        return str(obj)

    def tools(self, request: HttpRequest, obj: Any) -> Sequence[Tool]:
        """Buttons on the page of a row."""
        return []

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Show the form with its tools; reading what is personal is recorded."""
        obj = kwargs.get("obj")
        if obj and self.records_views and request.method == "GET":
            record(actor_of(request), f"{self.opts.model_name}.viewed", obj)
        context["tools"] = self.tools(request, obj) if obj else []
        context["list_title"] = self.list_title
        context["heading"] = self.heading(obj) if obj else ""
        context["show_save_and_add_another"] = False
        return super().render_change_form(request, context, *args, **kwargs)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Show the list under its lead sentence."""
        if _acts_on_nothing(request):
            what = self.opts.verbose_name_plural
            messages.warning(request, f"Nothing was done: tick the {what} first.")
            return HttpResponseRedirect(request.get_full_path())
        context = {
            "lead": self.lead,
            "title": self.list_title,
        }
        page = super().changelist_view(request, context | (extra_context or {}))
        if found := (getattr(page, "context_data", None) or {}).get("cl"):
            self.note_list(request, len(found.result_list))
        return page

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[Rows]:
        """The class of the list."""
        return Rows

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Refuse values that no query can hold, like filters that do not exist."""
        try:
            return super().get_changelist_instance(request)
        except (ValueError, OverflowError, DataError) as error:
            raise IncorrectLookupParameters(error) from error

    def note_list(self, request: HttpRequest, count: int) -> None:
        """Record a look at a list, once, where looking at a row is recorded."""
        if self.records_views:
            record(actor_of(request), f"{self.opts.model_name}.listed", count=count)

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Say so and go on."""
        return self._saved(request, obj) or super().response_add(request, obj)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Say so and go on."""
        return self._saved(request, obj) or super().response_change(request, obj)

    def _saved(self, request: HttpRequest, obj: Any) -> HttpResponse | None:
        if IS_POPUP_VAR in request.POST:
            return None
        messages.success(request, f"{obj} is saved.")
        if "_continue" in request.POST:
            return HttpResponseRedirect(self.url_of(obj))
        return self.response_post_save_change(request, obj)


def _acts_on_nothing(request: HttpRequest) -> bool:
    """Tell whether an action was sent and no row is ticked."""
    sent = request.POST
    return "index" in sent and not sent.getlist(ACTION_CHECKBOX_NAME)


class ReadOnlyAdmin(ClinicModelAdmin):
    """A page that only shows."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: only a door makes such a row."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: what is there stays as it is."""
        return False


class ChoicesView(AutocompleteJsonView):
    """Rows to choose from by typing: a list like any other."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Record the look, where the list's own page records it."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        if isinstance(self.model_admin, ClinicModelAdmin):
            self.model_admin.note_list(self.request, len(context["object_list"]))
        return context


class ClinicInline(RightsMixin, ScopedChoicesMixin, StackedInline):
    """Rows under a row of one clinic."""

    form = ActorForm
    formset = NamedRows
    template = "admin/edit_inline/rows.html"
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Rows that the actor may see."""
        rows = super().get_queryset(request)
        if isinstance(rows, TenantQuerySet):
            return rows.visible_to(actor_of(request))
        return rows

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """The rows' forms, in the name of the actor."""
        formset: Any = super().get_formset(request, obj, **kwargs)
        formset.form.actor = actor_of(request)
        formset.row_name = str(self.verbose_name).lower()
        return formset

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may write: the row is a part of what stands above."""
        return self.may(request, self.write_scope)
