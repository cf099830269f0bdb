"""Renders one handout again and again; prints by how many MB the process grew."""

import os
import resource
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from exercises.figures import draw_series  # noqa: E402
from prescriptions import pdf  # noqa: E402
from tests.bench.figures import illustrated, series  # noqa: E402

EARLY, LATE = 100, 500


def resident_mb() -> float:
    """Return the memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def main() -> None:
    """Compare the sizes after two counts of renders."""
    drawings = {slug: draw_series(figures) for slug, figures in series().items()}
    spec, assets = illustrated(drawings, 1)
    pdf.warm_up()
    sizes = {}
    for number in range(1, LATE + 1):
        pdf.render(spec, assets)
        if number in {EARLY, LATE}:
            sizes[number] = resident_mb()
    print(sizes[LATE] - sizes[EARLY])


if __name__ == "__main__":
    main()
