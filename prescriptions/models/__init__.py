"""Programs, revisions, handouts, patient links and diaries."""

from prescriptions.models.batch import Batch, BatchItem
from prescriptions.models.cert import CertAnswers
from prescriptions.models.diary import Alert, DiaryEntry
from prescriptions.models.edition import Edition
from prescriptions.models.handout import FailureCode, Handout, Queue, Status
from prescriptions.models.link import PatientLink
from prescriptions.models.message import Message
from prescriptions.models.override import Override
from prescriptions.models.program import Phase, PrescribedExercise, Program
from prescriptions.models.reminder import Reminder
from prescriptions.models.revision import FrozenError, Revision
from prescriptions.models.safety import SafetyLimit, SafetyRule
from prescriptions.models.template import (
    ProgramTemplate,
    TemplateExercise,
    TemplatePhase,
)

__all__ = [
    "Alert",
    "Batch",
    "BatchItem",
    "CertAnswers",
    "DiaryEntry",
    "Edition",
    "FailureCode",
    "FrozenError",
    "Handout",
    "Message",
    "Override",
    "PatientLink",
    "Phase",
    "PrescribedExercise",
    "Program",
    "ProgramTemplate",
    "Queue",
    "Reminder",
    "Revision",
    "SafetyLimit",
    "SafetyRule",
    "Status",
    "TemplateExercise",
    "TemplatePhase",
]
