"""Answers to the parts of CERT that nothing else in a program tells."""

from uuid import uuid4

from django.db import models

from clinic.models import Clinic, TenantQuerySet
from prescriptions.models.program import Program


class CertAnswers(models.Model):
    """Short texts by part, of one program; without a program, the clinic's usual."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="+")
    program = models.OneToOneField(
        Program, models.CASCADE, null=True, related_name="cert_answers"
    )
    answers = models.JSONField(default=dict)

    objects = TenantQuerySet["CertAnswers"].as_manager()

    class Meta:
        verbose_name_plural = "answers to CERT"
        constraints = [
            models.UniqueConstraint(
                fields=["clinic"],
                condition=models.Q(program=None),
                name="prescriptions_cert_usual_once",
            )
        ]

    def __str__(self) -> str:
        return "Answers to CERT"
