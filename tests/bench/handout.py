"""A whole handout: beside other ways to make it, and how its cost grows."""

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial

import weasyprint
from django.core.files.base import ContentFile

from clinic.local.environment import ROOT
from clinic.stores import Folder
from exercises.figures import draw_series
from prescriptions import pdf, sandbox
from prescriptions.documents import HandoutSpec
from prescriptions.pdf import engine
from tests.bench.figures import as_in_a_child, illustrated, series
from tests.bench.measure import Row, paired
from tests.bench.reference import naive, platypus

ROUNDS = 9
LARGEST_KB = 120

Assets = Mapping[str, bytes]


def rows() -> list[Row]:
    """Print six illustrated exercises in each way, by turns."""
    drawings = {slug: draw_series(figures) for slug, figures in series().items()}
    spec, assets = illustrated(drawings, 6)
    twelve, more = illustrated(drawings, 12)
    pdf.warm_up()
    size = len(pdf.render(spec, assets).pdf) / 1000
    with as_in_a_child():
        product = _product(spec, assets)
        reports = paired(
            product, reference=lambda: platypus.render(spec, assets), rounds=ROUNDS
        )
        plain = paired(
            product, reference=lambda: naive.render(spec, assets), rounds=ROUNDS
        )
        growth = paired(
            lambda: pdf.render(twelve, more), reference=product, rounds=ROUNDS
        )
        tagged = paired(
            lambda: _printed(spec, assets, tagged=True),
            reference=lambda: _printed(spec, assets, tagged=False),
            rounds=ROUNDS,
        )
    sandboxed = paired(
        lambda: sandbox.run(partial(pdf.render, spec, assets)),
        reference=product,
        rounds=ROUNDS,
    )
    # A render includes what the child process of the worker adds.
    isolation = max(1.0, sandboxed.ratio)
    return [
        Row.at_most("handout_to_reportlab", reports.ratio * isolation, "x", 5.5),
        Row.at_most("handout_to_naive", plain.ratio * isolation, "x", 0.62),
        Row.at_most("handout_tagged_to_untagged", tagged.ratio, "x", 1.2),
        Row.at_most("handout_12_to_6_exercises", growth.ratio, "x", 2.3),
        Row.at_most("handout_sandboxed_to_in_process", sandboxed.ratio, "x", 1.3),
        Row.at_most("handout_stored_to_rendered", _stored(spec, assets), "x", 0.05),
        Row.at_most("handout_memory_growth", _memory_growth(), "MB", 25),
        Row.at_most("handout_of_six_exercises", size, "kB", LARGEST_KB),
    ]


def _product(spec: HandoutSpec, assets: Assets) -> Callable[[], object]:
    return lambda: pdf.render(spec, assets)


def _printed(spec: HandoutSpec, assets: Assets, *, tagged: bool) -> bytes:
    """Print the same layout with or without tags."""
    laid = pdf.lay_out(spec)
    pictures = dict(assets) | pdf.made_pictures(spec)
    common, fonts = engine._fonts_loaded()
    fetcher = engine.MemoryFetcher(pictures)
    page = weasyprint.HTML(string=laid.html, url_fetcher=fetcher)
    options = {"pdf_variant": "pdf/ua-1"} if tagged else {}
    content: bytes = page.render(
        stylesheets=[common, engine._style(laid.sheet)],
        font_config=fonts,
        cache=engine._replayed(pictures),
        **options,
    ).write_pdf(**options)
    return content


def _stored(spec: HandoutSpec, assets: Assets) -> float:
    """Return the cost of reading a stored handout with its hash, to a render."""
    content = pdf.render(spec, assets).pdf
    with tempfile.TemporaryDirectory() as folder:
        store = Folder(location=folder, allow_overwrite=True)
        store.save("a.pdf", ContentFile(content))

        def read() -> None:
            with store.open("a.pdf") as file:
                hashlib.sha256(file.read()).hexdigest()

        return paired(read, reference=_product(spec, assets), rounds=5).ratio


def _memory_growth() -> float:
    """Return by how many MB a process grows between two renders, in a child."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.memory"],
        cwd=ROOT,
        env=os.environ,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return float(done.stdout.split()[-1])
