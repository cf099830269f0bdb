"""Admin pages of programs and of what patients are given.

``programs`` holds the program's page, ``lines`` its rows, ``steps`` the buttons on it,
``given`` handouts and revisions, ``batches`` bulk jobs, ``today`` the first page.
"""

from prescriptions.admin.batches import BatchAdmin
from prescriptions.admin.given import HandoutAdmin, RevisionAdmin
from prescriptions.admin.programs import ProgramAdmin

__all__ = ["BatchAdmin", "HandoutAdmin", "ProgramAdmin", "RevisionAdmin"]
