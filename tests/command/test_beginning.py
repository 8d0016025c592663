"""`intake init` and `intake check`."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from intake_daemon.command import configuration
from tests.command.conftest import intake
from tests.walk.daemon import ROOT


@pytest.mark.parametrize(
    ("brand", "country", "languages"),
    [("welzo", "GB", "en,lv"), ("kontakt", "az", "az,ru,en"), ("log_oscon", "PT", "pt"), ("x", "PL", "pl, en")],
)
def test_what_init_writes_passes_check(tmp_path: Path, brand: str, country: str, languages: str) -> None:
    """For any of our languages and countries with one time zone: `check` finds nothing, and nothing is promised."""
    folder = tmp_path / "config"
    said = intake("init", folder, "--brand", brand, "--country", country, "--languages", languages)
    assert said.status == 0, said
    checked = intake("check", "-c", folder)
    assert checked.status == 0, checked.err
    assert "well. 1 brands" in checked.out
    read = configuration.read(folder)
    policy = read.rules.policies.brand(brand)
    assert policy.offered == tuple(each.strip() for each in languages.split(","))
    assert {clock.basis for clock in policy.clocks} == {"target"}
    assert not read.settings.demo


def test_init_makes_a_key_of_its_own(tmp_path: Path) -> None:
    """Each installation has its own key, in a file that only its owner reads."""
    keys = set()
    for name in ("one", "two"):
        intake("init", tmp_path / name, "--brand", "welzo", "--country", "GB", "--languages", "en")
        file = tmp_path / name / "installation.key"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        keys.add(file.read_text())
        assert file.read_text().strip() not in (tmp_path / name / "intake.yaml").read_text()
    assert len(keys) == 2


def test_init_takes_what_is_said(tmp_path: Path) -> None:
    """Domain, name, prefix, handler: they stand where they belong, and nothing invented is left."""
    folder = tmp_path / "config"
    said = intake(
        *("init", folder, "--brand", "shop", "--country", "LV", "--languages", "lv", "--domain", "shop.lv"),
        *("--name", 'Veikals "Ābols"', "--prefix", "VAB", "--handler", "Jānis Ozols", "--address", "janis@shop.lv"),
    )
    assert said.err == ""
    read = configuration.read(folder)
    brand = read.settings.brands["shop"]
    assert (brand.prefix, brand.name, brand.addresses.email) == ("VAB", "Veikals 'Ābols'", ("complaints@shop.lv",))
    (handler,) = read.rules.staff.handlers.values()
    assert (handler.name, handler.address, handler.tz) == ("Jānis Ozols", "janis@shop.lv", "Europe/Riga")
    assert ".test" not in (folder / "intake.yaml").read_text()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("--brand", "Welzo Ltd", "--country", "GB", "--languages", "en"), "cannot be an id"),
        (("--brand", "welzo", "--country", "XX", "--languages", "en"), "no country"),
        (("--brand", "welzo", "--country", "US", "--languages", "en"), "--tz"),
        (("--brand", "welzo", "--country", "GB", "--languages", "de"), "az, en, lv, pl, pt, ru"),
        (("--brand", "welzo", "--country", "GB", "--languages", ","), "the default first"),
    ],
)
def test_init_says_what_to_write(tmp_path: Path, typed: tuple[str, ...], words: str) -> None:
    """What cannot be is told with what can; nothing is written then."""
    said = intake("init", tmp_path / "config", *typed)
    assert said.status == 1
    assert words in said.err
    assert not (tmp_path / "config").exists()


def test_init_touches_nothing_that_is_there(tmp_path: Path) -> None:
    """A folder with something in it is left alone."""
    (tmp_path / "mine.txt").write_text("mine")
    said = intake("init", tmp_path, "--brand", "welzo", "--country", "GB", "--languages", "en")
    assert said.status == 1
    assert [each.name for each in tmp_path.iterdir()] == ["mine.txt"]


def test_check_of_the_shipped_configuration() -> None:
    """Well, in one line that says what was looked at; the same as JSON."""
    said = intake("check", "-c", ROOT / "config")
    assert (said.status, len(said.out.splitlines())) == (0, 1)
    assert "4 brands" in said.out
    assert intake("check", "-c", ROOT / "config", "--json").json["faults"] == []


def test_check_names_file_line_and_fix(tmp_path: Path) -> None:
    """A fault is `file:line: what. What to write`, exit 1; all of them at once."""
    folder = tmp_path / "config"
    intake("init", folder, "--brand", "welzo", "--country", "GB", "--languages", "en")
    path = folder / "intake.yaml"
    path.write_text(
        path.read_text().replace("broker: embedded", "brokre: embedded").replace("prefix: WEL", "prefix: w")
    )
    said = intake("check", "-c", folder)
    assert said.status == 1
    lines = said.err.splitlines()
    assert any(line.startswith(f"{path}:8: unknown key 'brokre'. Did you mean 'broker'?") for line in lines)
    assert lines[-1] == "2 faults."
    faults = intake("check", "-c", folder, "--json").json["faults"]
    assert {fault["line"] for fault in faults} == {8, 28}
