"""Web server under a mixed load on PostgreSQL, a worker at work: throughput and p95."""

import json
import os
import random
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path

from clinic.local.redis_server import attempts
from tests.bench.load_client import Desk
from tests.bench.measure import Row
from tests.deploy.files import command_of
from tests.services.postgres import free_port, running_postgres
from tests.services.worker import Installation, installation, lives

# In 100 requests. A practitioner looks a patient up, opens the builder, searches and
# stores several times for each handout; for each visit there are some days on which
# the patient opens the phone page, and writes the diary on half of them.
SHARES = {
    "home_page": 8,
    "list_of_patients": 10,
    "search_for_a_patient": 6,
    "search_in_the_library": 14,
    "builder": 10,
    "save_a_program": 12,
    "phone_page": 20,
    "diary_entry": 10,
    "list_in_the_api": 8,
    "ask_for_a_handout": 2,
}
# Requests at the same time; each client asks again as soon as it was answered.
LEVELS = (1, 8, 32)
MIDDLE = 8
SECONDS = float(os.environ.get("BENCH_SECONDS", "30"))
REFERENCE_SECONDS = 5
# Of the data of `scale_data`: 10 clinics with 1,000 programs each
SHARE_OF_DATA = 0.01

Times = dict[str, list[float]]


def rows() -> list[Row]:
    """Ask with more and more clients; then wait for the handouts asked for."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        postgres = stack.enter_context(running_postgres())
        port = free_port()
        place = stack.enter_context(
            installation(
                Path(folder, "data"), extra=production(postgres.url, folder, port)
            )
        )
        desks = desks_of(place, port)
        for process in (
            place.process("web", command_of("catcamel-web.service")),
            place.worker(concurrency=1),
            place.sweeper(),
        ):
            stack.enter_context(process)
        assert lives(port)
        load = Load(desks)
        made = load.measure()
        states = settled(place)
        load.wrong += [f"handout {state}" for state in set(states) - {"ready"}]
    for line, count in Counter(load.wrong).most_common(20):
        print(f"{count} x {line}")
    made.append(Row.at_least("load_handouts_made", states["ready"], "", 1))
    return [*made, Row.at_most("load_errors", len(load.wrong), "", 0)]


def production(database: str, folder: str, port: int) -> dict[str, str]:
    """Settings of one server behind a proxy."""
    return {
        "DATABASE_URL": database,
        "BIND": f"127.0.0.1:{port}",
        "WEB_PROCESSES": "2",
        "PUBLIC_URL": "https://localhost",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "HTTPS": "true",
        "BEHIND_PROXY": "true",
        "STATIC_ROOT": str(Path(folder, "static")),
        "MAIL_URL": "",
        "SMS_PROVIDER": "",
    }


def desks_of(place: Installation, port: int) -> list[Desk]:
    """Fill the installation; return who asks."""
    place.manage("load_library")
    place.manage("collectstatic", "--no-input", "--verbosity=0")
    code = f"from tests.bench import load_data; load_data.main({SHARE_OF_DATA})"
    said = place.manage("shell", "--no-imports", "-c", code)
    told = json.loads(said.splitlines()[-1])
    where = ("127.0.0.1", port)
    return [
        Desk(where, "https://localhost", f"10.0.0.{number + 1}", one)
        for number, one in enumerate(told)
    ]


def settled(place: Installation) -> Counter[str]:
    """Wait until no handout is in work; return how many ended how."""
    code = (
        "import json; from prescriptions.models import Handout;"
        # Those of `scale_data` have no options.
        " mine = Handout.objects.unscoped().filter(options__has_key='paper');"
        " print(json.dumps(list(mine.values_list('status', flat=True))))"
    )
    for _ in attempts(180, pause=2):
        said = place.manage("shell", "--no-imports", "-c", code)
        states = Counter(json.loads(said.splitlines()[-1]))
        if not {"pending", "rendering"} & set(states):
            break
    return states


class Load:
    """The clients, and everything that went wrong."""

    def __init__(self, desks: Sequence[Desk]) -> None:
        self.desks = desks
        self.wrong: list[str] = []

    def measure(self) -> list[Row]:
        """All levels, each with the bare way to the server and back before it."""
        deck = [kind for kind, share in SHARES.items() for _ in range(share)]
        self.run(4, deck, 5)  # the first answers of a process take longer
        made: list[Row] = []
        for clients in LEVELS:
            _, bare = self.run(clients, ["livez"], REFERENCE_SECONDS)
            times, rate = self.run(clients, deck, SECONDS)
            show(clients, times, rate)
            everything = [second for found in times.values() for second in found]
            made += [
                Row.at_least(f"load_{clients}_clients_per_second", rate, "", 5),
                Row.at_most(f"load_{clients}_clients_p95", p95(everything), "s", 3),
                Row.at_most(f"load_{clients}_livez_to_mixed", bare / rate, "x", 60),
            ]
            if clients == MIDDLE:
                made += [
                    Row.at_most(f"load_{kind}_p95", p95(found), "s", 2)
                    for kind, found in times.items()
                ]
        return made

    def run(
        self, clients: int, deck: Sequence[str], seconds: float
    ) -> tuple[Times, float]:
        """Return the seconds of each answer by kind, and answers a second."""
        began = time.perf_counter()
        with ThreadPoolExecutor(clients) as pool:
            asked = [
                pool.submit(self._client, number, clients, deck, began + seconds)
                for number in range(clients)
            ]
            found = [answer for client in asked for answer in client.result()]
        passed = time.perf_counter() - began
        times: Times = defaultdict(list)
        for kind, second in found:
            times[kind].append(second)
        return dict(times), len(found) / passed

    def _client(
        self, number: int, clients: int, deck: Sequence[str], end: float
    ) -> list[tuple[str, float]]:
        """Play the deck again and again, each card by the next of its own desks."""
        chance = random.Random(number)  # noqa: S311 (the same load in each run)
        mine = cycle(self.desks[number::clients])
        found: list[tuple[str, float]] = []
        while True:
            for kind in chance.sample(deck, len(deck)):
                if time.perf_counter() > end:
                    return found
                seconds, wrong = next(mine).timed(kind)
                found.append((kind, seconds))
                if wrong:
                    self.wrong.append(wrong)


def p95(seconds: Sequence[float]) -> float:
    """Of twenty answers the slowest but none is slower than this."""
    return statistics.quantiles([*seconds, seconds[-1]], n=20)[-1]


def show(clients: int, times: Times, rate: float) -> None:
    """Print a table of one level."""
    print(f"{clients} at the same time: {rate:.1f} answers a second", flush=True)
    for kind in sorted(times):
        found = times[kind]
        middle, slow = statistics.median(found) * 1000, p95(found) * 1000
        name = kind.replace("_", " ")
        print(f"  {name:<24}{len(found):6}{middle:9.0f} ms{slow:9.0f} ms", flush=True)
