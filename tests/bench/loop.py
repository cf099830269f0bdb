"""Renders the shortest program again and again; prints renderings a second."""

import sys
import time

import django

django.setup()

from clinic.assets import read_asset  # noqa: E402
from prescriptions import pdf, tasks  # noqa: E402
from prescriptions.models import Handout  # noqa: E402
from tests.faults.driver import small_revision  # noqa: E402


def main(seconds: float) -> None:
    """Render as a worker's child does, without queue, rows and files."""
    handout = Handout(
        revision=small_revision(), options={"paper": "a4"}, options_key="0" * 64
    )
    spec = tasks.spec_of(handout)
    assets = {name: read_asset(name) for name in spec.document.assets}
    pdf.warm_up()
    pdf.render(spec, assets)
    count, began = 0, time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        pdf.render(spec, assets)
        count += 1
    print(count / passed)


if __name__ == "__main__":
    main(float(sys.argv[1]))
