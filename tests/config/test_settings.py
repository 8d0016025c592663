"""Settings: what may stand in intake.yaml, how values from outside get in, and the page that documents it."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from intake_daemon.errors import BadSettings
from intake_daemon.settings import Breaker, Strict, installation_key, open_document, read, settings_reference
from intake_daemon.settings.loading import GENERATED
from tests.config.reading import ENVIRONMENT, GOOD, SHIPPED, kinds, settings


class _Plain(Strict):
    country: str
    at: str
    port: int = 0


class _Breaking(Strict):
    breaker: Breaker


def _written(folder: Path, text: str) -> Path:
    path = folder / "plain.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_yaml_is_1_2(tmp_path: Path) -> None:
    """Norway is no False, and half past ten no number."""
    plain = read(_written(tmp_path, "country: no\nat: 22:30\n"), _Plain, env={})
    assert (plain.country, plain.at) == ("no", "22:30")


def test_values_come_from_the_environment_and_from_files(tmp_path: Path) -> None:
    """In text values only; a number may come as text; `$${` is a plain `${`; a file's last line end is dropped."""
    (tmp_path / "secret").write_text("from a file\n")
    text = "country: ${C}-$${C}\nat: '${file:secret}'\nport: ${P}\n"
    plain = read(_written(tmp_path, text), _Plain, env={"C": "PT", "P": "25"})
    assert plain == _Plain(country="PT-${C}", at="from a file", port=25)


def test_every_fault_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    """An unset variable, an unknown key and a wrong type stand in one report, in the order of lines."""
    with pytest.raises(BadSettings) as refused:
        read(_written(tmp_path, "country: ${NONE}\nport: many\natt: x\n"), _Plain, env={})
    assert [(fault.line, fault.problem.split()[0]) for fault in refused.value.faults] == [
        (1, "the"),
        (2, "'port'"),
        (3, "unknown"),
    ]


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    """A place deep in flow and block style has the line on which its key stands."""
    document = open_document(_written(tmp_path, "# one\na:\n  b: [1,\n    {c: 2}]\n"), env={})
    assert [document.line(at) for at in [(), ("a",), ("a", "b"), ("a", "b", 1, "c"), ("a", "none")]] == [2, 2, 3, 4, 2]


@pytest.mark.parametrize("text", ["", "[]", "just words", "\x00", "a: [", "? [1]\n: 2", "- " * 50, "a: &x [*x]"])
def test_no_text_crashes_the_reader(tmp_path: Path, text: str) -> None:
    """Whatever stands in the file, the answer is a report, never a traceback."""
    with pytest.raises(BadSettings):
        read(_written(tmp_path, text), _Plain, env={})


def test_the_shipped_file_is_the_demos() -> None:
    """Four brands, all addresses `.example`, mail into a folder, everything under var/demo."""
    shipped = settings(SHIPPED, env={})
    assert shipped.demo
    assert list(shipped.brands) == ["logoscon", "welzo", "ask4", "kontakt"]
    assert all(address.endswith(".example") for brand in shipped.brands.values() for address in brand.addresses.email)
    assert (shipped.broker, shipped.store, str(shipped.var)) == ("embedded", "sqlite", "var/demo")


def test_the_demos_key_is_made_once(tmp_path: Path) -> None:
    """It is kept in var, readable for nobody else, and the same at the next start."""
    shipped = settings(SHIPPED, env={}).model_copy(update={"var": tmp_path / "var"})
    assert shipped.installation.key == GENERATED
    key = installation_key(shipped)
    assert len(key) == 64
    assert installation_key(shipped) == key
    kept = tmp_path / "var" / "installation.key"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert list(kept.parent.iterdir()) == [kept]


def test_a_given_key_is_taken_as_it_is() -> None:
    """Outside the demo the key is the environment's."""
    assert installation_key(settings(GOOD)) == ENVIRONMENT["INTAKE_KEY"].encode()


def test_settings_are_frozen() -> None:
    """Nobody changes them while the daemon runs."""
    with pytest.raises(ValueError, match="frozen"):
        settings(GOOD).installation.name = "other"  # type: ignore[misc]


def test_every_setting_is_documented() -> None:
    """The reference names each key of intake.yaml and of the connectors, each with a sentence."""
    page = settings_reference({kind: kinds(kind) for kind in ("smtp", "web_form", "mail")})
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert len(rows) > 60
    assert [row for row in rows if row.split(" | ")[-1].strip(" |") == ""] == []
    for heading in ("### brands.<name>.sender", "## Connector `smtp`", "`subscribers`"):
        assert heading in page


def test_settings_load_without_the_heavy_libraries() -> None:
    """Reading everything imports no connector library that the configuration does not name, and no database."""
    program = """
import sys
from tests.config.reading import SHIPPED, TODAY, settings
from router.configuration import load_configuration
load_configuration(SHIPPED, settings(SHIPPED, env={}), TODAY)
print([m for m in ("aiogram", "twilio", "telegram", "sqlalchemy") if m in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_breaker_is_limits_or_a_number(tmp_path: Path) -> None:
    """A number alone is a day's letters to one correspondent, as it always was; the case's limits stay."""
    number = read(_written(tmp_path, "breaker: 3\n"), _Breaking, env={}).breaker
    assert [(each.letters, each.minutes) for each in number.correspondent] == [(3, 24 * 60)]
    assert number.case == Breaker().case
    limits = "breaker: {case: [{letters: 2, minutes: 10}]}\n"
    assert read(_written(tmp_path, limits), _Breaking, env={}).breaker.case[0].letters == 2
    with pytest.raises(BadSettings, match="minutes"):
        read(_written(tmp_path, "breaker: {case: [{letters: 2, minutes: 2000}]}\n"), _Breaking, env={})
