"""A whole handout: how its cost grows, and what the child process adds."""

from exercises.figures import draw_series
from prescriptions import pdf, sandbox
from tests.bench.figures import as_in_a_child, illustrated, series
from tests.bench.measure import Row, paired

ROUNDS = 9


def rows() -> list[Row]:
    """Print six and twelve illustrated exercises; print in a child and in place."""
    drawings = {slug: draw_series(figures) for slug, figures in series().items()}
    six, six_assets = illustrated(drawings, 6)
    twelve, twelve_assets = illustrated(drawings, 12)
    pdf.warm_up()
    with as_in_a_child():
        growth = paired(
            lambda: pdf.render(twelve, twelve_assets),
            reference=lambda: pdf.render(six, six_assets),
            rounds=ROUNDS,
        )
    sandboxed = paired(
        lambda: sandbox.run(six, six_assets),
        reference=lambda: pdf.render(six, six_assets),
        rounds=ROUNDS,
    )
    return [
        Row.at_most("handout_12_to_6_exercises", growth.ratio, "x", 2.3),
        Row.at_most("handout_sandboxed_to_in_process", sandboxed.ratio, "x", 1.3),
    ]
