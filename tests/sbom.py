"""./dev sbom [FILE]: what Catcamel is built of, as a CycloneDX document.

Names, versions and digests come from requirements.lock, licences and what needs what
from the environment, in which the packages are installed.
"""

import argparse
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from clinic.local.environment import ROOT, RUNTIME_LOCK, say

FONTS = {
    "Atkinson Hyperlegible Next": "OFL-1.1",
    "Noto Sans": "OFL-1.1",
    "Lucide icons": "ISC",
}


def locked() -> Iterator[tuple[Requirement, list[str]]]:
    """Yield each package of the lock file with the SHA-256 of its files."""
    logical = (ROOT / RUNTIME_LOCK).read_text().replace("\\\n", " ").splitlines()
    for line in logical:
        if line and not line.lstrip().startswith("#"):
            requirement, *digests = line.split("--hash=sha256:")
            yield Requirement(requirement.strip()), [one.strip() for one in digests]


def document() -> str:
    """Return the list as JSON; the same for the same lock file and environment."""
    bom = Bom()
    bom.serial_number = uuid5(NAMESPACE_URL, (ROOT / RUNTIME_LOCK).read_text())
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    product = Component(
        name=ours["name"],
        version=ours["version"],
        type=ComponentType.APPLICATION,
        bom_ref="root",
    )
    bom.metadata.component = product
    parts = {
        canonicalize_name(requirement.name): _component(requirement, digests)
        for requirement, digests in locked()
    }
    for name, component in parts.items():
        bom.components.add(component)
        bom.register_dependency(
            component, [parts[need] for need in _needs(name) if need in parts]
        )
    shipped = [_shipped(name, licence) for name, licence in FONTS.items()]
    bom.components.update(shipped)
    bom.register_dependency(product, [*parts.values(), *shipped])
    text: str = JsonV1Dot6(bom).output_as_string(indent=1)
    return text


def _component(requirement: Requirement, digests: list[str]) -> Component:
    version = next(iter(requirement.specifier)).version
    found = _installed(requirement.name)
    return Component(
        name=requirement.name,
        version=version,
        type=ComponentType.LIBRARY,
        bom_ref=f"{requirement.name}=={version}",
        purl=PackageURL("pypi", None, canonicalize_name(requirement.name), version),
        # Needed on some systems alone
        scope=ComponentScope.OPTIONAL if requirement.marker else None,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one) for one in digests],
        licenses=[LicenseFactory().make_from_string(_licence(found))] if found else [],
    )


def _shipped(name: str, licence: str) -> Component:
    return Component(
        name=name,
        type=ComponentType.DATA,
        bom_ref=name,
        licenses=[LicenseFactory().make_from_string(licence)],
    )


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def _licence(found: Distribution) -> str:
    """Return what the package says of itself, at most the first line."""
    told = found.metadata
    kinds = [
        line.rpartition("::")[2].strip()
        for line in told.get_all("Classifier") or []
        if line.startswith("License ::")
    ]
    given = told["License-Expression"] or told["License"] or " and ".join(kinds)
    return (given or "not told").strip().splitlines()[0]


def _needs(name: str) -> Iterator[str]:
    found = _installed(name)
    for line in (found.requires or []) if found else []:
        need = Requirement(line)
        if need.marker is None or need.marker.evaluate({"extra": ""}):
            yield canonicalize_name(need.name)


def main(arguments: list[str]) -> int:
    """Write the document to a file, or to the terminal."""
    parser = argparse.ArgumentParser(prog="./dev sbom", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path)
    file = parser.parse_args(arguments).file
    if file is None:
        sys.stdout.write(document())
    else:
        file.write_text(document())
        say(f"{file} lists what Catcamel is built of.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
