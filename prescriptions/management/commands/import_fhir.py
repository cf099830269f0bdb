"""Reads a program back from a FHIR Bundle that was exported here."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from clinic.models import Clinic, Membership, Patient
from exercises.dosage import DosageError
from exercises.models import Exercise
from prescriptions.fhir.people import ID_SYSTEM
from prescriptions.fhir.reading import (
    ReadLine,
    ReadProgram,
    UnreadableBundleError,
    read_bundle,
)
from prescriptions.models import Program
from prescriptions.models.program import REVIEW_AFTER
from prescriptions.programs import LineDraft, PhaseDraft, create_program


class Command(BaseCommand):
    """Make a draft of the Bundle, for the patient with the same id or number."""

    help = "Read a program from a FHIR R4 Bundle of ours. Saves nothing without --save."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--clinic", type=UUID, required=True, metavar="ID")
        parser.add_argument(
            "--by", required=True, metavar="E-MAIL", help="the practitioner"
        )
        parser.add_argument("--patient", type=UUID, metavar="ID")
        parser.add_argument("--save", action="store_true")

    def handle(
        self,
        *args: Any,
        file: Path,
        clinic: UUID,
        by: str,
        patient: UUID | None,
        save: bool,
        **options: Any,
    ) -> None:
        """Read, report, and save if asked to."""
        read = _read(file)
        member = _member(clinic, by)
        whose = _patient(read, member, patient)
        drafts = _drafts(read, member)
        told = f"{len(read.lines)} exercises in {len(drafts)} phases"
        if not save:
            self.stdout.write(f"{told} can be read. Add --save to make the draft.")
            return
        program = Program(
            clinic_id=member.clinic_id,
            patient=whose,
            practitioner=member.practitioner,
            title=read.title,
            goal=read.goal,
            reason=read.reason,
            start_date=read.start_date,
            review_date=read.review_date or read.start_date + REVIEW_AFTER,
            end_date=read.end_date,
        )
        create_program(program, drafts, by=member)
        self.stdout.write(f"{told} are the draft {program.pk}.")


def _read(file: Path) -> ReadProgram:
    try:
        return read_bundle(json.loads(file.read_text("utf-8")))
    except (OSError, ValueError, UnreadableBundleError, DosageError) as error:
        raise CommandError(str(error)) from error


def _member(clinic: UUID, email: str) -> Membership:
    known = Clinic.objects.filter(pk=clinic).first()
    if known is None:
        raise CommandError("There is no such clinic.")
    members = Membership.objects.of_clinic(known).filter(is_active=True)
    found = members.select_related("practitioner").filter(
        practitioner__email=email.lower()
    )
    if member := found.first():
        return member
    raise CommandError("Nobody with this e-mail address works in this clinic.")


def _patient(read: ReadProgram, member: Membership, chosen: UUID | None) -> Patient:
    rows = Patient.objects.visible_to(member)
    named = chosen or next(
        (
            held["value"]
            for held in read.patient.get("identifier", [])
            if held.get("system") == f"{ID_SYSTEM}patient"
        ),
        None,
    )
    if found := rows.filter(pk=named).first() if named else None:
        return found
    raise CommandError("The patient is not in this clinic. Name one with --patient ID.")


def _drafts(read: ReadProgram, member: Membership) -> list[PhaseDraft]:
    slugs = {line.slug for line in read.lines}
    rows = Exercise.objects.visible_to(member).filter(slug__in=slugs)
    known = {row.slug: row for row in rows}
    if lost := sorted(slugs - set(known)):
        raise CommandError(f"Not in the library: {', '.join(lost)}.")
    return [
        PhaseDraft(
            **header,
            lines=tuple(
                _draft(line, known[line.slug])
                for line in read.lines
                if line.phase == number
            ),
        )
        for number, header in sorted(read.phases.items())
    ]


def _draft(line: ReadLine, exercise: Exercise) -> LineDraft:
    dosage = line.dosage or exercise.dosage
    return LineDraft(exercise=exercise, dosage=dosage, **line.notes)
