"""Admin pages of programs and of what patients are given.

``programs`` holds the program's page, ``lines`` its rows, ``steps`` the buttons on it,
``findings`` and ``screening`` what the safety rules ask, ``given`` handouts,
``revisions`` what was issued, ``given_side`` both and the links beside a
program, ``diaries`` and ``paper`` what patients report, ``sending`` their links,
``patients`` and ``rights`` a patient's record, ``retention`` whose time is over,
``batches`` bulk jobs, ``today`` the first page; ``templates`` and ``safety`` the shared
content and the clinic's own.
"""

from prescriptions.admin.batches import BatchAdmin
from prescriptions.admin.given import HandoutAdmin
from prescriptions.admin.programs import ProgramAdmin
from prescriptions.admin.retention import ErasureAdmin
from prescriptions.admin.revisions import RevisionAdmin
from prescriptions.admin.safety import SafetyLimitAdmin, SafetyRuleAdmin
from prescriptions.admin.template_phases import TemplatePhaseAdmin
from prescriptions.admin.templates import ProgramTemplateAdmin

__all__ = [
    "BatchAdmin",
    "ErasureAdmin",
    "HandoutAdmin",
    "ProgramAdmin",
    "ProgramTemplateAdmin",
    "RevisionAdmin",
    "SafetyLimitAdmin",
    "SafetyRuleAdmin",
    "TemplatePhaseAdmin",
]
