"""One server as docs/deployment.md describes it, with everything real but systemd."""

import http.client
import json
import os
import shlex
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clinic.local.environment import ROOT
from clinic.local.redis_server import attempts
from tests.deploy.files import DEPLOY
from tests.deploy.prometheus import (
    alarms,
    dashboard,
    missing_prometheus,
    running_prometheus,
)
from tests.deploy.setup import (
    METRICS_TOKEN,
    WORKERS,
    Server,
    missing_nginx,
    missing_rabbitmq,
    running_rabbitmq,
    running_server,
)
from tests.flows.conftest import Api, fresh_program, request_handout
from tests.services.availability import require
from tests.services.postgres import missing_postgres
from tests.services.redis import missing_redis

# What is asked of numbers that only trouble makes: nothing is right.
ONLY_IN_TROUBLE = ("_failed_24h", "_delayed", 'status=~"5..')

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.full]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    for reason in (missing_postgres(), missing_redis(), missing_nginx()):
        require(reason)
    with running_server(tmp_path_factory.mktemp("server")) as made:
        yield made


@pytest.fixture
def api(server: Server, monkeypatch: pytest.MonkeyPatch) -> Api:
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
    key = server.place.manage("create_api_key", "Test system").strip()
    # A start on a busy machine takes a while; who comes meanwhile waits.
    return Api(server.address, key, patience=60)


def app_url(server: Server) -> str:
    return Path(server.place.environment["DATABASE_URL_FILE"]).read_text().strip()


@pytest.mark.requirement("W1")
def test_the_checks_of_django_find_nothing(server):
    said = server.place.manage("check", "--deploy", "--fail-level", "WARNING")
    assert "no issues" in said


def test_the_main_job_through_the_proxy(server, api):
    program = fresh_program(api, "Through the proxy")
    handout = api.wait_until_final(request_handout(api, program), seconds=90)
    assert handout["state"] == "ready"
    answer = api.call("GET", f"/api/v1/handouts/{handout['id']}/file")
    assert answer.body.startswith(b"%PDF")
    assert not list((server.place.folder.path / "files").rglob("*.pdf"))


@pytest.mark.requirement("W2")
def test_the_proxy_passes_the_headers_that_protect(server, api):
    headers = api.call("GET", "/admin/login/").headers
    assert "max-age=31536000" in headers["Strict-Transport-Security"]
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "__Host-csrf" in headers["Set-Cookie"]


def test_plain_http_is_sent_to_https(server, api):
    request = urllib.request.Request(f"{server.plain_address}/livez")  # noqa: S310
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
        assert answer.url == f"{server.address}/livez"


@pytest.mark.requirement("W8")
@pytest.mark.parametrize("path", ["/metrics", "/readyz"])
def test_what_is_for_inside_is_not_outside(api, path):
    assert api.call("GET", path).status == 404


def test_only_two_pages_are_for_inside(server):
    assert status_inside(server, "/readyz") == 200
    assert status_inside(server, "/metrics") == 404  # without the token
    assert status_inside(server, "/livez") == 404
    assert status_inside(server, "/admin/login/") == 404


def status_inside(server: Server, path: str) -> int:
    connection = http.client.HTTPConnection(server.inside, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def test_prometheus_gets_what_dashboard_and_alarms_ask_for(server, api, tmp_path):
    require(missing_prometheus())
    program = fresh_program(api, "For the numbers")
    handout = api.wait_until_final(request_handout(api, program), seconds=90)
    assert handout["state"] == "ready"
    panels = [target["expr"] for panel in dashboard() for target in panel["targets"]]
    # Of an alarm, what it compares: it is silent itself.
    numbers = [expr.rpartition(" > ")[0] or expr for expr in alarms().values()]
    numbers = [expr.rpartition(" < ")[0] or expr for expr in numbers]
    with running_prometheus(
        tmp_path / "prometheus", target=server.inside, token=METRICS_TOKEN
    ) as seen:
        assert seen.has_seen('up{job="catcamel"} == 1')
        # Two looks make a rate.
        assert seen.has_seen("sum(rate(catcamel_request_seconds_count[5m])) > 0")
        assert seen.has_seen("max(catcamel_redis_up) == 1")
        silent = [expr for expr in [*panels, *numbers] if not seen.ask(expr)]
        raised = [name for name, expr in alarms().items() if seen.ask(expr)]
    unexplained = [
        expr
        for expr in silent
        if not expr.startswith("absent(")
        and not any(part in expr for part in ONLY_IN_TROUBLE)
    ]
    assert unexplained == []
    # A busy machine may be slow.
    assert set(raised) <= {"slow_answers"}


@pytest.mark.requirement("D4")
def test_the_proxy_writes_down_no_link_of_a_patient(server, api):
    api.call("GET", "/l/a-token-that-opens/")
    api.call("GET", "/livez")
    logs = "".join(
        path.read_text(errors="replace")
        for path in server.proxy_log.parent.glob("*.log")
    )
    assert "/l/-" in logs
    assert "a-token-that-opens" not in logs


@pytest.mark.requirement("D2", "C3")
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM clinic_auditevent",
        "UPDATE clinic_auditevent SET action = 'x'",
        "CREATE TABLE mine (a int)",
        "DROP TABLE clinic_patient",
    ],
)
def test_the_role_of_the_application_cannot(server, statement):
    done = server.sql(app_url(server), "-c", statement)
    assert done.returncode != 0
    assert "permission denied" in done.stderr or "must be owner" in done.stderr


class Load:
    """Requests that go on while things are restarted, and what went wrong."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.answered = 0
        self.wrong: list[str] = []

    def go_on(self, ask: Callable[[], object], pause: float) -> threading.Thread:
        """Ask again and again in a thread of its own."""

        def run() -> None:
            while not self.stop.is_set():
                try:
                    ask()
                    self.answered += 1
                except (AssertionError, OSError) as error:
                    self.wrong.append(f"{type(error).__name__}: {error}")
                time.sleep(pause)

        thread = threading.Thread(target=run)
        thread.start()
        return thread


def test_a_rolling_restart_fails_no_request_and_loses_no_job(server, api):
    asked: list[str] = []

    def read() -> None:
        assert api.call("GET", "/api/v1/patients").status == 200

    def sign_in_page() -> None:
        assert api.call("GET", "/admin/login/").status == 200

    def write() -> None:
        program = fresh_program(api, "While restarting")
        asked.append(request_handout(api, program))

    load = Load()
    threads = [load.go_on(read, 0.3), load.go_on(sign_in_page, 0.05)]
    threads.append(load.go_on(write, 1.0))
    try:
        for unit in ("catcamel-web", *WORKERS, "catcamel-sweeper", "catcamel-web"):
            before = load.answered
            server.restart(unit)
            assert any(load.answered > before + 10 for _ in attempts(30, pause=0.2))
    finally:
        load.stop.set()
        for thread in threads:
            thread.join()
    assert load.wrong == []
    assert len(asked) > 2
    states = [api.wait_until_final(path, seconds=120)["state"] for path in asked]
    assert set(states) == {"ready"}


def test_with_rabbitmq_in_the_place_of_redis(server, api, tmp_path):
    require(missing_rabbitmq())
    with running_rabbitmq(tmp_path / "rabbitmq") as broker:
        assert isinstance(server.place.environment, dict)
        former = server.place.environment["BROKER_URL"]
        server.place.environment["BROKER_URL"] = broker
        for unit in list(server.processes):
            server.restart(unit)
        assert any(server.is_ready() for _ in attempts(60, pause=0.2))
        program = fresh_program(api, "Through RabbitMQ")
        handout = api.wait_until_final(request_handout(api, program), seconds=90)
        assert handout["state"] == "ready"
        assert messages(server) == {"handouts.interactive": 0, "handouts.bulk": 0}
        server.place.environment["BROKER_URL"] = former
        for unit in list(server.processes):
            server.restart(unit)


def messages(server: Server) -> dict[str, int]:
    code = (
        "import json; from clinic import broker;"
        " print(json.dumps(broker.waiting_messages()))"
    )
    found: dict[str, int] = json.loads(
        server.place.manage("shell", "--no-imports", "-c", code)
    )
    return found


def run_command(server: Server, folder: Path, *words: str) -> str:
    """Run deploy/systemd/catcamel-manage with this checkout as the release."""
    file = folder / "catcamel.env"
    lines = [f"{k}={shlex.quote(v)}" for k, v in server.place.environment.items()]
    file.write_text("\n".join(lines))
    own = {
        "PATH": os.environ["PATH"],
        "CATCAMEL_ENV": str(file),
        "CATCAMEL_HOME": str(ROOT),
        "OWNER_URL_FILE": server.owner["DATABASE_URL_FILE"],
    }
    command = [str(DEPLOY / "systemd" / "catcamel-manage"), *words]
    done = subprocess.run(command, env=own, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("app", ["clinic", "exercises", "prescriptions"])
def test_the_owner_undoes_the_last_migration_and_does_it_again(server, tmp_path, app):
    names = sorted(path.stem for path in (ROOT / app / "migrations").glob("0*.py"))
    said = run_command(server, tmp_path, "--owner", "migrate", app, names[-2])
    assert f"Unapplying {app}.{names[-1]}" in said
    run_command(server, tmp_path, "--owner", "migrate", "--verbosity=0")
    run_command(server, tmp_path, "migrate", "--check")


def test_the_application_writes_a_backup_and_the_owner_reads_it(server, tmp_path):
    run_command(server, tmp_path, "backup", "--to", str(tmp_path / "backups"))
    (file,) = (tmp_path / "backups").glob("*.backup")
    run_command(server, tmp_path, "--owner", "restore", "--check", str(file))


def test_sessions_go_on_under_a_new_secret_key(server, api, tmp_path):
    code = (
        "from clinic.models import Membership; from tests.bench import scale_data;"
        " member = Membership.objects.unscoped().filter(role='owner').first();"
        " print(scale_data.browser_of(member).session.session_key)"
    )
    session = server.place.manage("shell", "--no-imports", "-c", code).split()[-1]
    assert opens(server, session)
    settings = server.place.environment
    assert isinstance(settings, dict)
    name = "SECRET_KEY" if "SECRET_KEY" in settings else "SECRET_KEY_FILE"
    former = settings[name]
    key = former if name == "SECRET_KEY" else Path(former).read_text().strip()
    settings["SECRET_KEY_FALLBACKS"] = key
    (tmp_path / "new").write_text("another-key-" * 5)
    settings.pop(name)
    settings["SECRET_KEY_FILE"] = str(tmp_path / "new")
    try:
        server.restart("catcamel-web")
        assert opens(server, session)
    finally:
        del settings["SECRET_KEY_FALLBACKS"], settings["SECRET_KEY_FILE"]
        settings[name] = former
        server.restart("catcamel-web")


def opens(server: Server, session: str) -> bool:
    """Whether the first page opens, and no page to sign in."""
    request = urllib.request.Request(  # noqa: S310 (loopback)
        f"{server.address}/admin/", headers={"Cookie": f"__Host-session={session}"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return bool(answer.url == f"{server.address}/admin/")
