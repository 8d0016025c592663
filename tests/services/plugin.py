"""The pytest plugin of the real servers: their fixtures, the order of tests, and what may be skipped.

Fixtures
- `rabbitmq`, `postgres`, `dovecot`, `postfix`, `chromium`, `clamd`: one server each, for the session, started when
  first asked for. A test that stops or kills one starts it again before it ends.
- `virtual_host`, `database`: the URL of a fresh virtual host or database, for one test.

Rules
- Fast tests come first: a test runs after all that start nothing, or something that is started sooner.
- `make test` shares the suite among workers (sharing.py): what needs the same goes to the same one. What needs
  RabbitMQ, a browser or PostgreSQL takes longest, so it begins at once, beside the fast ones; many groups of seconds
  come last, so that no worker is left alone with a long one. Each worker has servers of its own.
- What is not installed is skipped by name, and the last lines say `make services`. As root (a container, CI) nothing
  may be skipped: there a skip is a failure.
- Tests marked `proof` are left out unless `--proof` is given; `needs_root` ones are skipped by name otherwise.
"""

import gc
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Protocol, TypeVar

import pytest

from tests.services import chromium as chromium_
from tests.services import clamd as clamd_
from tests.services import dovecot as dovecot_
from tests.services import postfix as postfix_
from tests.services import postgres as postgres_
from tests.services import rabbit as rabbit_
from tests.services.guard import Guarded
from tests.services.place import is_root
from tests.services.sharing import Sharing, tell

# fixture -> how late its tests run; cheap to start and quick to use first
ORDER = {"clamd": 2, "postgres": 3, "dovecot": 4, "chromium": 5, "postfix": 6, "rabbitmq": 7}
# groups of minutes, each in one worker: they begin at once, beside the fast ones
LONG = ("rabbitmq", "chromium", "postgres")
# folders below tests/ whose tests start whole daemons: after those that start nothing
DAEMONS = frozenset({"command", "demo", "house", "walk"})
# a folder of many groups of seconds: they fill up the end
SECONDS = "acceptance"


class Server(Protocol):
    """What all the servers have in common."""

    def start(self) -> None:
        """Runs it."""

    def kill(self) -> None:
        """Ends it at once."""


S = TypeVar("S", bound=Server)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds `--proof`."""
    parser.addoption("--proof", action="store_true", help="run the full counts too (tests marked `proof`)")


def pytest_configure(config: pytest.Config) -> None:
    """Who shares the tests among workers, when there are any."""
    gc.disable()
    if config.getoption("dist", "no") == "loadscope":
        config.pluginmanager.register(Sharing(), "sharing")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves the proofs out and puts the fast tests first; otherwise the order of the files is kept."""
    if not config.getoption("--proof"):
        proofs = [item for item in items if item.get_closest_marker("proof")]
        if proofs:
            config.hook.pytest_deselected(items=proofs)
            items[:] = [item for item in items if item not in set(proofs)]
    items.sort(key=lateness)


def group(item: pytest.Item) -> str:
    """The server that starts last of those the test asks for; else the package or the file that shares something."""
    asked = servers(item)
    if asked:
        return max(asked, key=ORDER.__getitem__)
    info: pytest.FixtureRequest | None = getattr(item, "_fixtureinfo", None)
    shared = {fixture.scope for found in getattr(info, "name2fixturedefs", {}).values() for fixture in found}
    path = item.path.parent if "package" in shared else item.path
    return path.relative_to(item.config.rootpath).as_posix()


def servers(item: pytest.Item) -> set[str]:
    """The servers that a test asks for, by fixture or, where it runs once on each of several, by parameter."""
    callspec = getattr(item, "callspec", None)
    parameters = {value for value in getattr(callspec, "params", {}).values() if isinstance(value, str)}
    return ORDER.keys() & {*getattr(item, "fixturenames", ()), *parameters}


def lateness(item: pytest.Item) -> int:
    """How late a test should run, from what it starts."""
    late = max((ORDER[name] for name in servers(item)), default=0)
    if hasattr(item.config, "workerinput"):  # among workers what takes longest begins first, what is short ends it
        if late in {ORDER[name] for name in LONG}:
            return -late
        if SECONDS in item.path.parts:
            return len(ORDER) + 2
    return late or int(bool(DAEMONS & set(item.path.parts)))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Tells who shares the tests among workers which belong together, before xdist says that this worker is ready.

    What was collected stays to the end: nobody need look through those millions of objects for garbage. What a test
    loads is large and stays, too, so garbage is looked for less often.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()
    tell(session.config, {item.nodeid: group(item) for item in session.items})


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips what only root may do."""
    if item.get_closest_marker("needs_root") and not is_root():
        pytest.skip("needs root")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """As root a skip is a failure: a machine that may install everything has no excuse. And what a library logged of a
    hostile line may be no text at all; a worker could not send it to the session, and of what passed it sends none."""
    report = yield
    silent = report.passed and hasattr(item.config, "workerinput")
    said = [] if silent else report.sections
    report.sections = [(name, text.encode("utf-8", "backslashreplace").decode()) for name, text in said]
    if report.skipped and is_root() and not hasattr(report, "wasxfail"):
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"as root nothing may be skipped, but this was: {why}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says in one line what was not there, and for how many tests."""
    reasons = [report.longrepr[2] for report in terminalreporter.stats.get("skipped", ())]
    missing = Counter(match[1] for reason in reasons if (match := re.search(r"needs ([\w-]+)", reason)))
    if missing:
        named = ", ".join(f"{what} ({count})" for what, count in sorted(missing.items()))
        terminalreporter.write_line(f"skipped what needs {named}: `make services` installs it, as root", yellow=True)


def need(package: str, *, there: bool) -> None:
    """Skips the test by name, unless `package` is there."""
    if not there:
        pytest.skip(f"needs {package}, which is not installed")


def served(server: S) -> Iterator[S]:
    """Runs a server for as long as its fixture lives."""
    server.start()
    try:
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="session")
def services_folder() -> Iterator[Path]:
    """The session's folder for servers; every user may enter it. It goes with the session, however that ends."""
    folder = Path(tempfile.mkdtemp(prefix="intake-services-"))
    folder.chmod(0o755)
    guarded = Guarded(["sleep", "infinity"], log=folder / "guard.log", remove=folder)
    yield folder
    guarded.kill()


@pytest.fixture(scope="session")
def rabbitmq(services_folder: Path) -> Iterator[rabbit_.Rabbit]:
    """A RabbitMQ node (starts in about 7 s)."""
    need("rabbitmq-server", there=(rabbit_.PROGRAMS / "rabbitmq-server").exists())
    yield from served(rabbit_.Rabbit(services_folder / "rabbit"))


@pytest.fixture
def virtual_host(rabbitmq: rabbit_.Rabbit) -> Iterator[str]:
    """The `amqp://` URL of a fresh virtual host. One in which the node was started anew stays (`drop_virtual_host`)."""
    rabbitmq.well()
    name, lives = rabbitmq.add_virtual_host(), rabbitmq.lives
    yield rabbitmq.url(name)
    rabbitmq.well()
    if rabbitmq.lives == lives:
        rabbitmq.drop_virtual_host(name)


@pytest.fixture(scope="session")
def postgres(services_folder: Path) -> Iterator[postgres_.Postgres]:
    """A PostgreSQL cluster (starts in about 1 s)."""
    need("postgresql", there=postgres_.programs() is not None)
    yield from served(postgres_.Postgres(services_folder / "postgres"))


@pytest.fixture
def database(postgres: postgres_.Postgres) -> Iterator[str]:
    """The `postgresql://` URL of a fresh database."""
    name = postgres.add_database()
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture(scope="session")
def dovecot(services_folder: Path) -> Iterator[dovecot_.Dovecot]:
    """An IMAP server (starts at once)."""
    need("dovecot-imapd", there=Path(dovecot_.PROGRAM).exists() and Path("/usr/lib/dovecot/imap").exists())
    yield from served(dovecot_.Dovecot(services_folder / "dovecot"))


@pytest.fixture(scope="session")
def running_clamd(services_folder: Path) -> Iterator[clamd_.Clamd]:
    """A virus scanner (starts at once), with signatures of our own."""
    need("clamav-daemon", there=Path(clamd_.PROGRAM).exists())
    yield from served(clamd_.Clamd(services_folder / "clamd"))


@pytest.fixture
def clamd(running_clamd: clamd_.Clamd) -> clamd_.Clamd:
    """The session's scanner; a test that stops it starts it again."""
    return running_clamd


@pytest.fixture(scope="session")
def running_postfix(services_folder: Path) -> Iterator[postfix_.Postfix]:
    """An MTA (starts in about 3 s); only root can run one."""
    if not is_root():
        pytest.skip("needs root, for Postfix")
    need("postfix", there=shutil.which(postfix_.PROGRAM) is not None)
    yield from served(postfix_.Postfix(services_folder / "postfix"))


@pytest.fixture
def postfix(running_postfix: postfix_.Postfix) -> Iterator[postfix_.Postfix]:
    """The session's MTA, which knows nothing of earlier tests."""
    yield running_postfix
    running_postfix.forget()


@pytest.fixture(scope="session")
def chromium(services_folder: Path) -> Iterator[chromium_.Chromium]:
    """A browser (starts in about 1 s)."""
    need("chromium-headless-shell", there=Path(chromium_.PROGRAM).exists())
    need("libatomic1", there=chromium_.driver_runs())
    yield from served(chromium_.Chromium(services_folder / "chromium"))
