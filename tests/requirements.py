"""./dev security: writes the generated parts of docs/security.md.

What is required stands in docs/requirements.yaml; which test shows it is read from the
marks `@pytest.mark.requirement("A1")` of tests and, as `pytestmark`, of whole files.
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from clinic.local.environment import ROOT, say
from clinic.roles import KEY_SCOPES, ROLE_SCOPES, Scope

PAGE = ROOT / "docs" / "security.md"
DATA = ROOT / "docs" / "requirements.yaml"
RELEASES = ("first", "later", "split")
CHAPTERS = {
    "A": "Signing in and sessions",
    "T": "Rights and separation of clinics",
    "P": "Patients' links and downloads",
    "I": "Input, files, rendering",
    "W": "Web and platform",
    "D": "Data, logs, audit trail",
    "C": "Parts and their suppliers",
}


@dataclass(frozen=True)
class Requirement:
    """One line of the data file."""

    id: str
    what: str
    release: str
    where: tuple[str, ...]
    open: str = ""

    @property
    def is_due(self) -> bool:
        """Whether a part of it belongs to the first release."""
        return self.release != "later"


def read_requirements() -> list[Requirement]:
    """Return what is required, in the order of the file."""
    found = yaml.safe_load(DATA.read_text())
    return [
        Requirement(key, **{**given, "where": tuple(given["where"])})
        for key, given in found.items()
    ]


def shown_by() -> dict[str, list[str]]:
    """Return for each id the tests that name it, as ``folder/file.py::test``."""
    found: dict[str, list[str]] = defaultdict(list)
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for requirement, test in _marks_of(file):
            found[requirement].append(test)
    return found


def _marks_of(file: Path) -> Iterator[tuple[str, str]]:
    name = str(file.relative_to(ROOT / "tests"))
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.Assign) and _assigns_marks(node):
            yield from ((one, name) for one in _ids_in(node.value))
        elif isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                test = f"{name}::{node.name}"
                yield from ((one, test) for one in _ids_in(decorator))


def _assigns_marks(node: ast.Assign) -> bool:
    names = [target.id for target in node.targets if isinstance(target, ast.Name)]
    return names == ["pytestmark"]


def _ids_in(expression: ast.expr) -> Iterator[str]:
    for node in ast.walk(expression):
        is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if is_call and node.func.attr == "requirement":  # type: ignore[attr-defined]
            yield from (str(ast.literal_eval(one)) for one in node.args)  # type: ignore[attr-defined]


def table_of_requirements() -> str:
    """Return the chapters with their tables."""
    tests, parts = shown_by(), []
    for letter, title in CHAPTERS.items():
        rows = [one for one in read_requirements() if one.id[0] == letter]
        lines = [_row(one, tests.get(one.id, [])) for one in rows]
        head = f"### {title}\n\n| | what | where | tests |\n|---|---|---|---|\n"
        parts.append(head + "\n".join(lines))
    return "\n\n".join(parts)


def _row(requirement: Requirement, tests: list[str]) -> str:
    where = ", ".join(f"`{path}`" for path in requirement.where) or "–"  # noqa: RUF001
    later = "" if requirement.is_due else " *(later)*"
    return (
        f"| {requirement.id} | {requirement.what}{later} | {where} | {_cell(tests)} |"
    )


def _cell(tests: list[str]) -> str:
    """Return the tests by file, in words."""
    by_file: dict[str, list[str]] = {}
    for test in tests:
        file, _, name = test.partition("::")
        words = re.sub(r"^test_([atpiwdc]\d+_)?", "", name).replace("_", " ")
        by_file.setdefault(file, []).extend([words] if words else [])
    cells = (
        f"`{file}`" + (": " + "; ".join(names) if names else "")
        for file, names in by_file.items()
    )
    return "<br>".join(cells) or "–"  # noqa: RUF001


def list_of_gaps() -> str:
    """Return what is open, requirement by requirement."""
    return "\n".join(
        f"- **{one.id}** {one.what} *{one.open or 'Not done.'}*"
        for one in read_requirements()
        if one.open or not one.where
    )


def table_of_roles() -> str:
    """Return who may do what, from the one table in code."""
    holders = {
        "owner": ROLE_SCOPES["owner"],
        "practitioner": ROLE_SCOPES["practitioner"],
        "assistant": ROLE_SCOPES["assistant"],
        "read only": ROLE_SCOPES["read_only"],
        "API key": KEY_SCOPES,
    }
    head = f"| right | {' | '.join(holders)} |\n|---|{'---|' * len(holders)}"
    rows = [
        f"| `{scope}` | "
        + " | ".join("yes" if scope in held else "" for held in holders.values())
        + " |"
        for scope in Scope
    ]
    return "\n".join([head, *rows])


PARTS = {
    "roles": table_of_roles,
    "requirements": table_of_requirements,
    "gaps": list_of_gaps,
}


def renewed(page: str) -> str:
    """Return the page with its generated parts made anew."""
    for name, make in PARTS.items():
        place = re.compile(rf"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)", re.S)
        found = place.search(page)
        if found is None:
            raise ValueError(f"{PAGE.name} has no place for {name}.")
        made = f"{found[1]}{make()}\n{found[2]}"
        page = page[: found.start()] + made + page[found.end() :]
    return page


def main() -> int:
    """Write the page."""
    PAGE.write_text(renewed(PAGE.read_text()))
    say(f"{PAGE.relative_to(ROOT)} is up to date.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
