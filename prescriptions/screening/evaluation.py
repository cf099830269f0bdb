"""From facts and rules to findings."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from exercises import tags
from prescriptions.screening.facts import ProgramFacts
from prescriptions.screening.functions import FUNCTIONS, Context, in_words
from prescriptions.screening.operators import LIMIT, holds, lookup, operand
from prescriptions.screening.rules import SEVERITIES, Finding, Hit, Rule

FLAGS = "patient.flags"
# The facts of an exercise that hold flags
LISTED = ("item.contraindications", "item.cautions")
PLACES = {"patient": "/patient", "handout": "/language", "log": "/diary"}


@dataclass(frozen=True, kw_only=True)
class Found:
    """A hit of a rule at its place."""

    rule: Rule
    at: Context
    hit: Hit


def evaluate(
    program: ProgramFacts, rules: Iterable[Rule], limits: Mapping[str, int]
) -> list[Finding]:
    """Return what the rules find, the most severe first, then in program order.

    Several rules that hit one exercise and flag give one finding: with the highest
    severity of them and the message of the most specific.
    """
    at = Context(program=program, limits=limits)
    asked = [one for one in rules if one.scope != "program" or not program.is_empty]
    found = [one for rule in asked for one in _ask(rule, at)]
    return sorted(map(_finding, _one_a_flag(found, asked)), key=_urgency)


def _urgency(finding: Finding) -> tuple[int, list[str], str]:
    numbers = [part.zfill(3) for part in finding.pointer.split("/")]
    return -SEVERITIES.index(finding.severity), numbers, finding.code


# Asking


def _ask(rule: Rule, at: Context) -> Iterator[Found]:
    for place in _places(rule, at):
        for hit in _hits(rule, place):
            yield Found(rule=rule, at=place, hit=hit)


def _places(rule: Rule, at: Context) -> Iterator[Context]:
    """Yield the contexts in which the rule is asked."""
    program = at.program
    if rule.looks_at_items or rule.scope == "phase":
        for phase in program.phases:
            in_phase = replace(at, phase=phase)
            if not rule.looks_at_items:
                yield in_phase
                continue
            for item in phase.items:
                yield replace(in_phase, item=item)
    elif rule.scope == "leaflet":
        for leaflet in program.leaflets:
            yield replace(at, leaflet=leaflet)
    elif rule.scope == "log" and not rule.function:
        for log in program.logs:
            yield replace(at, log=log)
    else:
        yield at


def _hits(rule: Rule, at: Context) -> Iterator[Hit]:
    true_lines = [line for line in rule.test if _is_true(line, at)]
    enough = true_lines if rule.match == "any" else len(true_lines) == len(rule.test)
    if rule.test and not enough:
        return
    if rule.function:
        yield from FUNCTIONS[rule.function](at)
        return
    flags = [flag for line in true_lines for flag in _flags_of(line, at)]
    yield Hit(flags=tuple(dict.fromkeys(flags)), values=_values(true_lines, at))


def _is_true(line: tuple[str, str, Any], at: Context) -> bool:
    name, operator, value = line
    return holds(_fact(name, at), operator, operand(value, at.sources, at.limits))


def _fact(name: str, at: Context) -> Any:
    return at.flags if name == FLAGS else lookup(name, at.sources)


def _flags_of(line: tuple[str, str, Any], at: Context) -> list[str]:
    """Return the flags that made a line true."""
    name, _, value = line
    if name in LISTED and isinstance(value, str):
        return [value]
    if name != FLAGS:
        return []
    named = operand(value, at.sources, at.limits)
    return sorted(at.flags & ({named} if isinstance(named, str) else set(named)))


def _values(lines: Sequence[tuple[str, str, Any]], at: Context) -> dict[str, Any]:
    """Return the number and the limit of the first line that compares with one."""
    for name, _, value in lines:
        if isinstance(value, str) and value.startswith(LIMIT):
            return {
                "n": _fact(name, at),
                "limit": operand(value, at.sources, at.limits),
            }
    return {}


# One finding for an exercise and flag


def _one_a_flag(found: Sequence[Found], rules: Sequence[Rule]) -> Iterator[Found]:
    replaced = {code for rule in rules for code in rule.replaces}
    flagged: dict[str, list[Found]] = {}
    for one in found:
        if one.at.item and one.hit.flags:
            flagged.setdefault(one.at.item.pointer, []).append(one)
        else:
            yield one
    for group in flagged.values():
        yield from _settled(group, replaced)


def _settled(group: Sequence[Found], general: set[str]) -> Iterator[Found]:
    """Yield one finding for each flag, or each rule that stands for several flags."""
    winners: dict[str, Found] = {}
    for flag in dict.fromkeys(flag for one in group for flag in one.hit.flags):
        rivals = [one for one in group if flag in one.hit.flags]
        best = max(rivals, key=lambda one: _specificity(one.rule, general))
        severity = max((one.rule.severity for one in rivals), key=SEVERITIES.index)
        rule = replace(best.rule, severity=severity)
        winners[flag] = replace(best, rule=rule)
    yield from _merged(_without_implied(winners), general)


def _specificity(rule: Rule, general: set[str]) -> tuple[int, int]:
    rank = 2 if rule.replaces else int(rule.code not in general)
    return rank, SEVERITIES.index(rule.severity)


def _without_implied(winners: Mapping[str, Found]) -> dict[str, Found]:
    """Leave out a flag that only follows from another one, found as severe."""

    def is_covered(flag: str, one: Found) -> bool:
        if flag in one.at.program.patient.own_flags:
            return False
        rank = SEVERITIES.index(one.rule.severity)
        return any(
            flag in tags.implied([other]) - {other}
            and SEVERITIES.index(winner.rule.severity) >= rank
            for other, winner in winners.items()
        )

    return {flag: one for flag, one in winners.items() if not is_covered(flag, one)}


def _merged(winners: Mapping[str, Found], general: set[str]) -> Iterator[Found]:
    """General rules name each flag; of others one finding says it for all flags."""
    by_rule: dict[str, list[tuple[str, Found]]] = {}
    for flag, one in winners.items():
        if one.rule.code in general:
            yield replace(one, hit=replace(one.hit, flags=(flag,)))
        else:
            by_rule.setdefault(one.rule.code, []).append((flag, one))
    for pairs in by_rule.values():
        flags = tuple(flag for flag, _ in pairs)
        worst = max((one for _, one in pairs), key=_rank)
        yield replace(worst, hit=replace(worst.hit, flags=flags))


def _rank(one: Found) -> int:
    return SEVERITIES.index(one.rule.severity)


# Saying


def _finding(one: Found) -> Finding:
    rule, at, hit = one.rule, one.at, one.hit
    return Finding(
        code=rule.code,
        severity=rule.severity,
        scope=rule.scope,
        pointer=_pointer(one) if hit.pointer is None else hit.pointer,
        message=_filled(hit.message or rule.message, _words(at, hit)),
        source=rule.source,
        rule_version=rule.version,
        subject=_subject(at) if hit.subject is None else hit.subject,
    )


def _pointer(one: Found) -> str:
    at = one.at
    part = at.item or at.leaflet or at.phase
    return part.pointer if part else PLACES.get(one.rule.scope, "")


def _subject(at: Context) -> str:
    if at.item:
        return at.item.slug
    if at.leaflet:
        return at.leaflet.slug
    return at.phase.pointer if at.phase else ""


def _words(at: Context, hit: Hit) -> dict[str, str]:
    words = {
        "exercise": at.item.name if at.item else "",
        "flag": in_words(hit.flags),
        "direction": at.program.patient.directional_preference,
    }
    return words | {name: str(value) for name, value in hit.values.items()}


def _filled(message: str, words: Mapping[str, str]) -> str:
    """Fill in by plain replacement: a clinic's braces are no code."""
    for name, word in words.items():
        message = message.replace(f"{{{name}}}", word)
    return message
