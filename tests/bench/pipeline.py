"""Real workers: waiting time, throughput beside bare loops, memory."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from clinic.local.environment import ROOT
from tests.bench.measure import Row
from tests.faults.pipeline import Pipeline, pipeline
from tests.services.fixtures import prepare
from tests.services.processes import ServiceProcess

SINGLE = 20
SECONDS, ROUNDS = 10, 3
# Of the last measurement; fewer by BENCH_JOBS for a quick look
JOBS = int(os.environ.get("BENCH_JOBS", "1000"))


def rows() -> list[Row]:
    """Measure one handout at a time, then as many as workers can make, then a crowd."""
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder, "prepared")
        prepare(prepared)
        with pipeline(prepared, Path(folder, "data")) as pipe:
            return [*_single(pipe), *_throughput(pipe), *_crowd(pipe)]


def _single(pipe: Pipeline) -> list[Row]:
    """From request to ready with nothing else to do."""
    with pipe.place.worker(), pipe.place.sweeper():
        pipe.request(2)
        pipe.wait_until_settled(60)
        seconds = []
        for _ in range(SINGLE):
            began = time.monotonic()
            (handout,) = pipe.request(1)
            while pipe.driver.ask("state_of", handout) != "ready":
                time.sleep(0.01)
            seconds.append(time.monotonic() - began)
    p95 = statistics.quantiles(seconds, n=20)[-1]
    return [
        Row.at_most("pipeline_idle_p50", statistics.median(seconds), "s", 5),
        Row.at_most("pipeline_idle_p95", p95, "s", 10),
    ]


def _throughput(pipe: Pipeline) -> list[Row]:
    """Handouts a minute, and beside bare loops of the same rendering by turns."""
    found = []
    for processes in (1, 2):
        with pipe.place.worker(concurrency=processes) as worker:
            worker.wait_for("ready.")
            turns = [
                (_made_by_workers(pipe, processes), _bare_loops(pipe, processes))
                for _ in range(ROUNDS)
            ]
        made = statistics.median(made for made, _ in turns)
        cores = min(processes, os.cpu_count() or 1)
        ratio = statistics.median(made / bare for made, bare in turns)
        name = f"pipeline_{processes}_process{'es' if processes > 1 else ''}"
        found += [
            Row.at_least(f"{name}_per_minute", made * 60, "", 60),
            Row.at_least(f"{name}_per_minute_and_core", made * 60 / cores, "", 30),
            Row.at_least(f"{name}_to_bare_loops", ratio, "x", 0.9),
        ]
    return found


def _bare_loops(pipe: Pipeline, processes: int) -> float:
    """Return renderings a second of processes that do nothing else."""
    command = [sys.executable, "-m", "tests.bench.loop", str(SECONDS)]
    environment = pipe.place.environment
    loops = [
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(processes)
    ]
    return sum(float(loop.communicate()[0]) for loop in loops)


def _made_by_workers(pipe: Pipeline, processes: int) -> float:
    """Return handouts a second while the backlog is long."""
    before = pipe.states().get("ready", 0)
    pipe.request(5 * SECONDS * processes, "bulk")
    pipe.wait_for("ready", before + 2 * processes)
    start, began = pipe.states()["ready"], time.monotonic()
    time.sleep(SECONDS)
    made = pipe.states()["ready"] - start
    seconds = time.monotonic() - began
    pipe.wait_until_settled(300)
    return made / seconds


def _crowd(pipe: Pipeline) -> list[Row]:
    """Mixed jobs until the end; the memory of the workers early and late."""
    before = pipe.states().get("ready", 0)
    early_at = min(100, JOBS // 2)
    with pipe.place.worker() as worker, pipe.place.sweeper():
        began = time.monotonic()
        for _ in range(10):
            pipe.request(JOBS // 20, "bulk")
            pipe.request(JOBS // 50, "bulk", "long")
            pipe.request(JOBS // 20 - JOBS // 50)
        pipe.wait_for("ready", before + early_at, seconds=600)
        early = _memory(worker)
        pipe.wait_until_settled(3600)
        seconds = time.monotonic() - began
        late = _memory(worker)
    made = pipe.states()["ready"] - before
    return [
        Row.at_least("pipeline_mixed_jobs_made", made, "", JOBS // 20 * 20),
        Row.at_most("pipeline_mixed_jobs_minutes", seconds / 60, "min", 20),
        Row.at_most(f"pipeline_memory_at_job_{early_at}", early, "MB", 1200),
        Row.at_most(f"pipeline_memory_at_job_{JOBS}", late, "MB", 1200),
        Row.at_most("pipeline_memory_late_to_early", late / early, "x", 1.25),
    ]


def _memory(worker: ServiceProcess) -> float:
    """Return the resident memory of a worker and all below it, in MB."""
    command = ["ps", "-o", "rss=", "--sid", str(worker.pid)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return sum(map(int, done.stdout.split())) / 1024
