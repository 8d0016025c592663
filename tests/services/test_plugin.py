"""The order of tests and what may be skipped, shown on small suites of their own."""

import pytest

from tests.services import plugin

SUITE = """
    import pytest

    @pytest.fixture
    def rabbitmq(): ...

    @pytest.fixture
    def postgres(): ...

    def test_broker(rabbitmq): ...
    def test_database(postgres): ...
    def test_plain(): ...
"""

ON_EACH = """
    @pytest.mark.parametrize("store", ["sqlite", "postgres"])
    def test_on_each(store): ...
"""

SHARED = """
    import pytest

    @pytest.fixture(scope="package")
    def shop(): ...
"""

MISSING = """
    import pytest
    from tests.services.plugin import need

    @pytest.fixture(scope="session")
    def broker():
        need("rabbitmq-server", there=False)

    def test_needs(broker): ...
    def test_needs_it_too(broker): ...
"""


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Runs the suite in the folder, with our plugin."""
    return pytester.runpytest_inprocess("-p", "tests.services.plugin", "-p", "no:asyncio", *arguments)


def test_tests_that_need_no_server_come_first_and_the_slowest_server_last(pytester: pytest.Pytester) -> None:
    """The order is that of what a test asks for, not of the file."""
    pytester.makepyfile(SUITE)
    run(pytester, "-v").stdout.fnmatch_lines(["*test_plain*", "*test_database*", "*test_broker*"])


def test_what_needs_the_same_goes_to_one_worker(pytester: pytest.Pytester) -> None:
    """The group is the server that starts last, asked for by fixture or parameter; else what is shared, or the file."""
    pytester.makepyfile(**{"plain/test_one": "def test_alone(): ..."})
    pytester.makepyfile(**{"shop/conftest": SHARED, "shop/test_two": "def test_shared(shop): ..."})
    pytester.makepyfile(SUITE + ON_EACH)
    items, _ = pytester.inline_genitems("-p", "tests.services.plugin", "-p", "no:asyncio")
    assert {item.name: plugin.group(item) for item in items} == {
        "test_broker": "rabbitmq",
        "test_database": "postgres",
        "test_plain": "test_what_needs_the_same_goes_to_one_worker.py",
        "test_on_each[sqlite]": "test_what_needs_the_same_goes_to_one_worker.py",
        "test_on_each[postgres]": "postgres",
        "test_alone": "plain/test_one.py",
        "test_shared": "shop",
    }


def test_workers_share_the_suite_by_group(pytester: pytest.Pytester) -> None:
    """All that need RabbitMQ run in one worker, whatever their files; a group of its own runs in the other."""
    pytester.makeconftest("import os, pytest\n@pytest.fixture(scope='session')\ndef rabbitmq(): return os.getpid()\n")
    needs = "def test_it(rabbitmq):\n    with open('ran', 'a') as ran: print(rabbitmq, file=ran)\n"
    pytester.makepyfile(test_one=needs, test_three=needs, test_two="def test_it(): ...")
    workers = ("-n", "2", "--dist", "loadscope", "--no-loadscope-reorder")
    pytester.runpytest_subprocess("-p", "tests.services.plugin", *workers).assert_outcomes(passed=3)
    assert len(set((pytester.path / "ran").read_text().split())) == 1


def test_a_normal_user_is_told_what_is_missing_and_how_to_get_it(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A skip names the package, and one line at the end says `make services`."""
    monkeypatch.setattr(plugin, "is_root", lambda: False)
    pytester.makepyfile(MISSING)
    result = run(pytester, "-rs")
    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines(["skipped what needs rabbitmq-server (2): `make services` installs it, as root"])


def test_as_root_a_skip_is_a_failure(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where everything can be installed, nothing has an excuse."""
    monkeypatch.setattr(plugin, "is_root", lambda: True)
    pytester.makepyfile(MISSING)
    result = run(pytester)
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*as root nothing may be skipped, but this was:*rabbitmq-server*"])


def test_proofs_run_only_when_they_are_asked_for(pytester: pytest.Pytester) -> None:
    """A test marked `proof` is left out of `make test`, not skipped."""
    pytester.makeini("[pytest]\nmarkers = proof")
    pytester.makepyfile("import pytest\n@pytest.mark.proof\ndef test_long(): ...\ndef test_short(): ...")
    run(pytester).assert_outcomes(passed=1, deselected=1)
    run(pytester, "--proof").assert_outcomes(passed=2)
