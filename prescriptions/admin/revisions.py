"""Revisions, to read: what was issued, when and by whom."""

from collections import defaultdict
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from clinic.admin import Nav, OnlyFilter, ReadOnlyAdmin, badge, by_day, when
from clinic.roles import Scope
from prescriptions.models import Program, Revision


class RevisionProgramFilter(OnlyFilter):
    """Revisions of a program."""

    title, parameter_name, path = "Program", "program", "program"


@admin.register(Revision)
class RevisionAdmin(ReadOnlyAdmin):
    """Revisions: what was issued, when and by whom."""

    read_scope = Scope.PROGRAMS_READ
    nav = Nav("", 4, "layers")
    records_views = True
    lead = "What was issued, when and by whom. A revision never changes."
    empty = (
        "No revisions yet. Each time a program is issued, what the patient was given "
        "is frozen and numbered here."
    )
    list_display = ["patient", "program", "number", "issued", "issued_by", "state"]
    list_filter = [RevisionProgramFilter, ("issued_at", by_day("Issued"))]
    search_fields = ["program__patient__name", "program__title"]
    search_help_text = "Patient or program"
    ordering = ["-issued_at"]
    fields = [
        ("program", "number"),
        ("issued_at", "issued_by", "superseded_at"),
        "answers",
        "guardian",
        "judged_by",
        "fingerprint",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Revisions without their documents."""
        rows = super().get_queryset(request).defer("document")
        return rows.select_related("program__patient", "issued_by")

    def heading(self, obj: Revision) -> str:
        """Which one, of what."""
        return f"{obj} of “{obj.program}”"

    @admin.display(description="Patient", ordering="program__patient__name")
    def patient(self, revision: Revision) -> str:
        """For whom."""
        return str(revision.program.patient)

    @admin.display(description="Issued", ordering="issued_at")
    def issued(self, revision: Revision) -> str:
        """When it was issued."""
        return when(revision.issued_at)

    @admin.display(description="Findings answered")
    def answers(self, revision: Revision) -> SafeString | str:
        """Who went on in spite of which finding, when and why."""
        lines = [
            (
                answer.rule_code,
                answer.rule_version,
                answer.message,
                answer.reason or "ticked",
                answer.answered_by,
                when(answer.answered_at),
            )
            for answer in revision.overrides.all()
        ]
        line = "<p><b>{}</b>, version {}: {}<br>{} ({}, {})</p>"
        return format_html_join("", line, lines) or "None had to be answered."

    @admin.display(description="Guardian")
    def guardian(self, revision: Revision) -> str:
        """Who stood in for a child on that day."""
        return revision.screening.get("guardian") or "None on record then."

    @admin.display(description="Fingerprint (SHA-256)")
    def fingerprint(self, revision: Revision) -> SafeString:
        """By which a change of the document would show."""
        return format_html('<span class="code">{}</span>', revision.sha256)

    @admin.display(description="Judged by")
    def judged_by(self, revision: Revision) -> SafeString:
        """The rules that judged it, by their versions."""
        own = revision.screening.get("own_rules", [])
        versions = defaultdict(list)
        for code, version in revision.screening.get("rules", {}).items():
            versions[version].append(f"{code} (own)" if code in own else code)
        lines = [(version, ", ".join(codes)) for version, codes in versions.items()]
        return format_html_join("", "<div>Version {}: {}</div>", sorted(lines))

    @admin.display(description="State", ordering="superseded_at")
    def state(self, revision: Revision) -> SafeString:
        """Whether a later one replaced it, or the program is void."""
        if revision.program.status == Program.Status.VOID:
            return badge("block", "x", "Void")
        if revision.superseded_at:
            return badge("", "history", "Superseded")
        return badge("ok", "check", "Current")
