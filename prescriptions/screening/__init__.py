"""Screening a program by the safety rules: pure, from facts to findings.

``facts`` holds what the rules look at, ``rules`` the rules as values, ``operators``
and ``functions`` what a rule may ask, ``evaluation`` puts them together.
"""

from prescriptions.screening.evaluation import evaluate
from prescriptions.screening.facts import (
    HandoutFacts,
    ItemFacts,
    LeafletFacts,
    LogFacts,
    PatientFacts,
    PhaseFacts,
    ProgramFacts,
)
from prescriptions.screening.rules import Finding, Rule

__all__ = [
    "Finding",
    "HandoutFacts",
    "ItemFacts",
    "LeafletFacts",
    "LogFacts",
    "PatientFacts",
    "PhaseFacts",
    "ProgramFacts",
    "Rule",
    "evaluate",
]
