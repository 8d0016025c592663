"""Alert rules, dashboard and runbook: they parse, they fire when they should, and they belong together."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from intake_daemon import journal
from intake_daemon.command.app import app
from tests.ops.shipped import DASHBOARD, ROOT, RULES, alerts, asked, expressions, metrics, panels
from tests.services.plugin import need

HERE = Path(__file__).parent
OTHERS = frozenset("df dmesg du iostat journalctl ls rabbitmqctl systemctl timedatectl".split())
"""Programs of the system that the runbook may name."""
INTAKE = typer.main.get_command(app)


@pytest.fixture
def promtool(tmp_path: Path) -> Path:
    """A folder with the rules and their tests; promtool itself is there."""
    need("prometheus", there=shutil.which("promtool") is not None)
    for path in (RULES, *HERE.glob("*.test.yaml")):
        shutil.copy(path, tmp_path)
    return tmp_path


def run(folder: Path, *words: str) -> str:
    """What promtool says; it must be content."""
    done = subprocess.run(
        ["promtool", *words],
        env={**os.environ, "GOGC": "400"},  # it has memory enough, and less to do
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_each_alert_fires_when_it_should_and_at_no_other_time(promtool: Path) -> None:
    """Made-up nights are played; in each it is said which alerts fire, and no other may."""
    run(promtool, "test", "rules", *(path.name for path in sorted(promtool.glob("*.test.yaml"))))


def test_prometheus_takes_every_expression(promtool: Path) -> None:
    """Rules and panels parse."""
    rules = [{"record": f"panel:{number}", "expr": each} for number, each in enumerate(expressions())]
    (promtool / "all.yaml").write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": rules}]}), encoding="utf-8")
    assert f"SUCCESS: {len(rules)} rules found" in run(promtool, "check", "rules", "all.yaml")
    run(promtool, "check", "rules", "--lint-fatal", RULES.name)


def test_no_alert_is_without_its_night() -> None:
    """Every alert has a test in which it fires; and there is one night in which none does."""
    played = [
        check
        for path in sorted(HERE.glob("*.test.yaml"))
        for night in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]
        for check in night["promql_expr_test"]
    ]
    fired = {
        name
        for check in played
        for name in re.findall(r'alertname="(\w+)"', json.dumps(check["exp_samples"]).replace("\\", ""))
    }
    assert fired == alerts().keys()


def test_an_alert_says_how_urgent_it_is_and_what_it_is() -> None:
    """Severity, one sentence, and where the runbook has its paragraph."""
    for name, rule in alerts().items():
        assert rule["labels"]["severity"] in {"page", "ticket"}, name
        assert rule["annotations"]["summary"], name
        assert rule["annotations"]["runbook_url"] == f"docs/runbook.md#{name.lower()}"


def sections() -> dict[str, str]:
    """The runbook by alert."""
    pieces = re.split(r"^## (.+)$", (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


def test_each_alert_has_its_paragraph_and_each_paragraph_its_alert() -> None:
    """In the same order, so that both can be read side by side."""
    assert list(sections()) == list(alerts())


@pytest.mark.parametrize("alert", sections())
def test_the_commands_of_a_paragraph_exist(alert: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three of them, each of which the command's own parser takes, or a program of the system."""
    (tmp_path / "FILE").touch()  # some look whether it is there
    monkeypatch.chdir(tmp_path)
    words, *blocks = sections()[alert].split("```")
    commands = blocks[0].strip().splitlines()
    assert len(words.split()) > 30
    assert len(commands) == 3
    for command in commands:
        program, *rest = shlex.split(command)
        if program == "intake":
            parse(INTAKE, rest)
        else:
            assert program in OTHERS, command


def parse(command: Any, words: list[str]) -> None:  # noqa: ANN401 -- typer's own click
    """As typed, without doing it. Raises UsageError."""
    context = command.make_context(command.name, list(words))
    with context:
        while rest := [*context._protected_args, *context.args]:
            name, command, rest = context.command.resolve_command(context, rest)
            context = command.make_context(name, rest, parent=context)


def test_what_is_no_command_is_found() -> None:
    """The parser that the runbook is held to refuses what does not exist."""
    for words in (["parked", "mend"], ["status", "--colour"], ["parked", "show"], ["nothing"]):
        with pytest.raises(Exception, match=r"(?i)no such|missing"):
            parse(INTAKE, words)


def test_events_are_those_of_the_journal() -> None:
    """Each `event` that a rule or a panel asks for is one that the journal counts."""
    tree = ast.parse(Path(journal.__file__).read_text(encoding="utf-8"))
    calls = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "_COUNTED.labels"
    ]
    counted = {ast.literal_eval(call.args[0]) for call in calls if isinstance(call.args[0], ast.Constant)}
    assert len(counted) > 10
    assert not asked("event") - counted


def test_every_metric_is_told_of() -> None:
    """docs/operations.md has each one that a rule or a panel asks for."""
    told = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert [name for name in sorted(metrics()) if f"`{name}`" not in told] == []


def test_an_installed_daemon_prints_them(capsys: pytest.CaptureFixture[str]) -> None:
    """`intake schema alerts` and `intake schema dashboard`: the files, byte by byte."""
    for what, path in (("alerts", RULES), ("dashboard", DASHBOARD)):
        INTAKE(["schema", what], standalone_mode=False)
        assert capsys.readouterr().out == path.read_text(encoding="utf-8")


def test_the_dashboard_fits_together() -> None:
    """Panels with their own ids, side by side and not one over another, each with its expressions."""
    read = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    assert read["uid"] == "intake-daemon"
    places: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & places, panel["title"]
        assert max(x for x, _ in cells) < 24
        places |= cells
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"]) > 0
    assert len({panel["id"] for panel in panels()}) == len(panels())
