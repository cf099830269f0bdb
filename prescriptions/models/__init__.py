"""Programs, revisions, handouts and patient links."""

from prescriptions.models.handout import FailureCode, Handout, Queue, Status
from prescriptions.models.link import PatientLink
from prescriptions.models.program import Phase, PrescribedExercise, Program
from prescriptions.models.revision import FrozenError, Revision

__all__ = [
    "FailureCode",
    "FrozenError",
    "Handout",
    "PatientLink",
    "Phase",
    "PrescribedExercise",
    "Program",
    "Queue",
    "Revision",
    "Status",
]
