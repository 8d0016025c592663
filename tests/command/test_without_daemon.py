"""The same questions while no daemon runs: the answers come from the database, changes are made under its lock."""

from __future__ import annotations

from pathlib import Path

from tests.command.conftest import ANN, SAMPLES, Shop, intake
from tests.services.place import until


def test_before_anything_has_run(quiet_shop: Shop) -> None:
    """Nothing to look at is said with what to do; status is exit 2; no database is made by looking."""
    said = quiet_shop.ask("cases")
    assert said.status == 1
    assert "nothing has run here yet" in said.err
    status = quiet_shop.ask("status")
    assert status.status == 2
    assert "not running" in status.out
    assert quiet_shop.ask("status", "--json").json["running"] is False
    assert not (quiet_shop.place.var / "ledger.db").exists()


def test_no_configuration_at_all(tmp_path: Path) -> None:
    """The place that was looked in, and what to write."""
    said = intake("cases", "-c", tmp_path)
    assert said.status == 1
    assert "intake init DIR" in said.err


def test_stopped_and_asked(quiet_shop: Shop) -> None:
    """What came in while it ran can be looked at and acted on afterwards; an erasure takes the vault's copy at once;
    what is imported meanwhile becomes a case when it runs again."""
    quiet_shop.daemon.start()
    assert quiet_shop.ask("send", ANN).status == 0
    quiet_shop.settled(1)
    running = quiet_shop.ask("case", quiet_shop.reference("welzo"), "--as", "ilze", "--json").json
    quiet_shop.daemon.stop()

    reference = quiet_shop.reference("welzo")
    stopped = quiet_shop.ask("case", reference, "--as", "ilze", "--json").json
    assert {**stopped, "now": running["now"]} == running
    assert quiet_shop.ask("trace", "t.whitcombe@harbourmail.example").status == 0
    status = quiet_shop.ask("status")
    assert status.status == 2
    assert "NOT RUNNING" in status.out
    assert "1 contacts in = 1 cases" in status.out
    assert quiet_shop.ask("do", reference, "note", "--as", "ilze", "--text", "By night.").status == 0
    assert "| By night." in quiet_shop.ask("case", reference, "--as", "ilze").out
    letter = quiet_shop.config / "notices" / "en" / "holding.txt"
    well = letter.read_text(encoding="utf-8")
    letter.write_text(well + "{{ no_such_thing }}\n", encoding="utf-8")
    assert quiet_shop.ask("cases").status == 0  # who only looks sends no letter
    assert "no_such_thing" in quiet_shop.ask("do", reference, "note", "--as", "ilze", "--text", "?").err
    letter.write_text(well, encoding="utf-8")
    vault = quiet_shop.place.var / "vault"
    assert any(path.is_file() for path in vault.rglob("*"))
    assert quiet_shop.ask("do", reference, "erase", "--as", "margaret", "--yes").status == 0
    assert not any(path.is_file() for path in vault.rglob("*"))
    said = quiet_shop.ask("import", SAMPLES / "mail" / "08-en-ask4-three-times.eml")
    assert "when the daemon runs" in said.out
    assert len(quiet_shop.ask("cases", "--json").json) == 1

    quiet_shop.daemon.start()
    until(lambda: len(quiet_shop.ask("cases", "--json").json) == 2, "the import is a case", 120, quiet_shop.daemon.log)
    quiet_shop.daemon.stop()
