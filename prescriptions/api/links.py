"""/links: the patient's way to a program, without an account."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers, status
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.filters import FilterSet, IdFilter, OneOfFilter
from clinic.api.serializers import ChoiceField, NothingSerializer
from clinic.api.views import ApiViewSet, ListMixin, RetrieveMixin
from clinic.roles import Scope
from prescriptions import handouts, links
from prescriptions.models import PatientLink, Program

STATES = ["live", "locked", "revoked", "expired"]


class LinkSerializer(serializers.ModelSerializer[PatientLink]):
    """A link without what opens it."""

    program = serializers.UUIDField(source="program_id")
    patient = serializers.UUIDField(source="patient_id")
    kind = ChoiceField(PatientLink.Kind.choices)
    state = serializers.SerializerMethodField()

    class Meta:
        model = PatientLink
        fields = [
            "id",
            "program",
            "patient",
            "kind",
            "state",
            "expires_at",
            "revoked_at",
            "locked_at",
            "last_opened_at",
            "created_at",
        ]

    @extend_schema_field(serializers.ChoiceField(STATES))
    def get_state(self, link: PatientLink) -> str:
        """Return where the link stands now."""
        return link.state(timezone.now())


class NewLinkSerializer(LinkSerializer):
    """A new link with what opens it, which is shown this once."""

    url = serializers.SerializerMethodField(
        help_text="For the patient alone; it asks for the birth date."
    )
    code = serializers.SerializerMethodField(help_text="For typing at `typed_at`.")
    typed_at = serializers.SerializerMethodField()

    class Meta(LinkSerializer.Meta):
        fields = [*LinkSerializer.Meta.fields, "url", "code", "typed_at"]

    def get_url(self, link: PatientLink) -> str:
        """Return the address with the token."""
        return links.url_of(link)

    def get_code(self, link: PatientLink) -> str:
        """Return the ten characters."""
        return links.code_of(link)

    def get_typed_at(self, link: PatientLink) -> str:
        """Return where they are typed."""
        return links.short_url()


class LinkFilters(FilterSet):
    """Filters of the list."""

    program = IdFilter(field_name="program_id")
    patient = IdFilter(field_name="patient_id")
    kind = OneOfFilter(choices=PatientLink.Kind.choices)


@extend_schema_view(
    list=extend_schema(summary="List patient links"),
    retrieve=extend_schema(summary="Read a patient link"),
)
class LinkViewSet(ListMixin, RetrieveMixin, ApiViewSet):
    """Links printed on handouts, and those sent to patients."""

    queryset = PatientLink.objects.all()
    serializer_class = LinkSerializer
    filterset_class = LinkFilters
    scopes = {
        "list": Scope.HANDOUTS_READ,
        "retrieve": Scope.HANDOUTS_READ,
        "share": Scope.HANDOUTS_WRITE,
        "destroy": Scope.HANDOUTS_WRITE,
    }
    secret_answers = ("share",)
    problems = {"share": (409,)}

    @extend_schema(
        summary="Make a link for the patient",
        request=NothingSerializer,
        responses={201: NewLinkSerializer},
    )
    def share(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a fresh link to send; the one sent before stops working.

        Address and code are shown once: a repeat with the same `Idempotency-Key` is a
        409. They are the patient's alone; store neither.
        """
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        programs = Program.objects.visible_to(self.actor)
        program = get_object_or_404(programs, pk=self.kwargs["id"])
        link = handouts.share_with_patient(program, by=self.actor)
        headers = {"Location": reverse("link-detail", args=[link.pk])}
        body = NewLinkSerializer(link).data
        return Response(body, status.HTTP_201_CREATED, headers=headers)

    @extend_schema(summary="Withdraw a patient link")
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Close the link; doing it again changes nothing."""
        handouts.revoke_link(self.get_object(), by=self.actor)
        return Response(status=status.HTTP_204_NO_CONTENT)
