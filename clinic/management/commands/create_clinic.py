"""Makes a clinic and prints the invitation of its owner."""

import sys
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic import people
from clinic.errors import Invalid
from clinic.models import Clinic, Membership


@dataclass(frozen=True)
class Question:
    """One field of the clinic: its option, its help and what Enter stands for."""

    field: str
    help: str
    default: str | None = None

    @property
    def option(self) -> str:
        """The option on the command line."""
        return "--" + self.field.replace("_", "-")


QUESTIONS = (
    Question("name", "name of the clinic, printed on handouts"),
    Question("phone", "number that patients call"),
    Question("emergency_number", "number for emergencies, such as 112 or 911"),
    Question("time_zone", "such as Europe/Berlin", "UTC"),
    Question("language", f"one of {', '.join(dict(settings.LANGUAGES))}", "en"),
    Question("paper", f"one of {', '.join(Clinic.Paper.values)}", "a4"),
)


class Command(BaseCommand):
    """Set up a clinic; an installation has no account before its owner makes one."""

    help = "Set up a clinic and print a single-use invitation for its owner."

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer one option per field; what is not given is asked for."""
        for question in QUESTIONS:
            parser.add_argument(question.option, help=question.help)

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the clinic and the invitation."""
        values = {
            question.field: options[question.field] or self.answer(question)
            for question in QUESTIONS
        }
        try:
            clinic = people.create_clinic(**values)
        except Invalid as error:
            raise CommandError(_sentences(error)) from error
        _, token = people.invite(clinic, Membership.Role.OWNER, licensed=True)
        self.stdout.write(
            f"{clinic} has been set up. Its owner makes the first account here:\n\n"
            f"  {people.invitation_url(token)}\n\n"
            f"The address works once and for {people.INVITATION_LASTS.days} days. "
            "The owner then signs the clinic's texts: until then no handout can be "
            "made."
        )

    def answer(self, question: Question) -> str:
        """Ask at a terminal; elsewhere take the default or say what is missing."""
        if sys.stdin.isatty():
            hint = f" [{question.default}]" if question.default else ""
            name = question.field.replace("_", " ")
            if given := input(f"{name}, {question.help}{hint}: ").strip():
                return given
        if question.default is None:
            raise CommandError(f"Give {question.option}: {question.help}.")
        return question.default


def _sentences(error: Invalid) -> str:
    return "\n".join(
        f"--{fault.pointer.strip('/').replace('_', '-')}: {fault.detail}"
        for fault in error.errors
    )
