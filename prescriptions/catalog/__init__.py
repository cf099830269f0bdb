"""The door to shared templates, rules and limits: files to rows, own copies.

``protocols`` reads ``protocols/*.yaml``, ``safety`` reads ``safety/rules.yaml``.
"""

from exercises.shared_rows import Loader
from prescriptions.catalog.linted import texts_to_lint
from prescriptions.catalog.protocols import (
    PROTOCOLS,
    Protocol,
    load_templates,
    own_template,
    read_protocols,
)
from prescriptions.catalog.safety import (
    Question,
    Wording,
    limit_wording,
    load_limits,
    load_rules,
    own_limit,
    own_rule,
    questions,
    read_safety,
)

TEMPLATES = Loader("Templates", lambda: len(read_protocols()), load_templates)
RULES = Loader("Safety rules", lambda: len(read_safety().rules), load_rules)
LIMITS = Loader("Safety limits", lambda: len(read_safety().limits), load_limits)

__all__ = [
    "LIMITS",
    "PROTOCOLS",
    "RULES",
    "TEMPLATES",
    "Protocol",
    "Question",
    "Wording",
    "limit_wording",
    "load_limits",
    "load_rules",
    "load_templates",
    "own_limit",
    "own_rule",
    "own_template",
    "questions",
    "read_protocols",
    "read_safety",
    "texts_to_lint",
]
