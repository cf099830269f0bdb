"""The practitioners' pages of the project package, and what all such pages share.

``site`` registers the pages (``people``, ``own_clinic``, ``texts``, ``keys``,
``trail``), which stand on ``base``, ``rights``, ``fields`` and ``logo``.
"""

from clinic.admin.base import ClinicInline, ClinicModelAdmin, Nav, ReadOnlyAdmin, Tool
from clinic.admin.fields import LinesField, NumbersField, TermsField
from clinic.admin.filters import OnlyFilter, UsefulFirst, by_day, titled
from clinic.admin.forms import ActorForm, NamedRows, ScopedSelect
from clinic.admin.history import events_of
from clinic.admin.rights import actor_of, choices_of, required_actor
from clinic.admin.site import CatcamelAdminSite
from clinic.admin.words import badge, day, span, when

__all__ = [
    "ActorForm",
    "CatcamelAdminSite",
    "ClinicInline",
    "ClinicModelAdmin",
    "LinesField",
    "NamedRows",
    "Nav",
    "NumbersField",
    "OnlyFilter",
    "ReadOnlyAdmin",
    "ScopedSelect",
    "TermsField",
    "Tool",
    "UsefulFirst",
    "actor_of",
    "badge",
    "by_day",
    "choices_of",
    "day",
    "events_of",
    "required_actor",
    "span",
    "titled",
    "when",
]
