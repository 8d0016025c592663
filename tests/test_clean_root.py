"""The README's two commands, the wheel and the image, on a machine that has none of it (proof; needs root, minutes).

Where no container engine runs, the image is made by walking its Dockerfile in clean Debian roots: `Image` knows the
instructions that ours uses, and refuses others.
"""

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.clean_root import CleanRoot

HERE = Path(__file__).parent.parent

pytestmark = [pytest.mark.proof, pytest.mark.needs_root, pytest.mark.timeout(3600)]

# starts a command in the background, waits until it has printed what is asked for, then ends it as an operator would
UNTIL = """
: >/tmp/said; {command} >>/tmp/said 2>&1 & started=$!
for second in $(seq 600); do
    grep -q '{text}' /tmp/said && break
    kill -0 $started 2>/dev/null || break
    sleep 1
done
{then}
kill -TERM $started 2>/dev/null
wait $started; echo "ended with $?" >>/tmp/said
cat /tmp/said
"""


def until(command: str, text: str, then: str = ":") -> str:
    """A shell script: run `command` until it has said `text`, do `then`, end it, print what it said."""
    return UNTIL.format(command=command, text=text, then=then)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> CleanRoot:
    """A clean root that is only ever copied."""
    return CleanRoot(tmp_path_factory.mktemp("roots") / "plain")


@pytest.fixture
def root(plain: CleanRoot, tmp_path: Path) -> CleanRoot:
    """A copy of it with a normal user `dev`, who has a clean clone in their home."""
    copied = plain.copy(tmp_path / "root")
    copied.run("useradd --create-home dev")
    home = copied.folder / "home" / "dev"
    subprocess.run(["git", "clone", "--quiet", str(HERE), str(home / "intake-daemon")], check=True)
    copied.run("chown -R dev:dev /home/dev")
    return copied


CLONE = "/home/dev/intake-daemon"


def test_make_run_works_as_typed_for_a_normal_user(root: CleanRoot) -> None:
    """The demo takes its complaints, shows the balance and ends cleanly; a second start goes on."""
    first = root.run(until("make run", "unaccounted"), user="dev", cwd=CLONE).stdout
    assert re.search(r"\b0 unaccounted|unaccounted\W+0\b", first), first
    assert len(first.splitlines()) <= 60 + 3, first  # what make and this test add
    again = root.run(until("make run", "unaccounted"), user="dev", cwd=CLONE).stdout
    assert "installing into" in first
    assert "installing into" not in again


def test_make_test_as_a_normal_user_names_what_it_skips(root: CleanRoot) -> None:
    """Nothing is installed outside the environment, and the last lines say `make services`."""
    done = root.run("make test", user="dev", cwd=CLONE, seconds=1800).stdout
    assert re.search(r"\d+ passed, \d+ skipped", done), done
    assert "skipped what needs" in done
    assert "make services" in done


def test_make_test_as_root_installs_the_servers_and_skips_nothing(root: CleanRoot) -> None:
    """As in a container: the servers are installed, none of the machine's own is started, all tests run."""
    done = root.run(f"git config --global --add safe.directory {CLONE} && make test", cwd=CLONE, seconds=1800).stdout
    assert re.search(r"\d+ passed", done), done
    assert "skipped" not in done.splitlines()[-1]
    assert root.run("test -e /usr/sbin/policy-rc.d", check=False).returncode != 0


def test_the_wheel_runs_the_demo_in_an_empty_folder(root: CleanRoot) -> None:
    """`pip install` of the wheel elsewhere, and `intake run --demo`, need nothing of the checkout."""
    root.run(f"make -C {CLONE} wheel", user="dev")
    root.run("python3 -m venv venv && venv/bin/pip install -q intake-daemon/dist/*.whl", user="dev", cwd="/home/dev")
    root.run("rm -rf intake-daemon && mkdir empty", user="dev", cwd="/home/dev")
    said = root.run(until("../venv/bin/intake run --demo", "unaccounted"), user="dev", cwd="/home/dev/empty").stdout
    assert re.search(r"\b0 unaccounted|unaccounted\W+0\b", said), said


class Image:
    """What `docker build` would make of our Dockerfile, stage by stage."""

    def __init__(self, plain: CleanRoot, folder: Path) -> None:
        """Walks all instructions; the last stage stays in `root`, with `user`, `env`, `cwd`, `health` and `command`."""
        self._plain, self._folder = plain, folder
        self._stages: dict[str, CleanRoot] = {}
        self.health = ""
        self.command: list[str] = []
        text = re.sub(r"^\s*#.*\n", "", (HERE / "Dockerfile").read_text(), flags=re.MULTILINE)
        for line in re.sub(r"\s*\\\n\s*", " ", text).splitlines():
            if line.strip():
                instruction, rest = line.split(maxsplit=1)
                getattr(self, f"_{instruction.lower()}")(rest)

    def _from(self, rest: str) -> None:
        image, _, name = rest.partition(" AS ")
        assert re.fullmatch(r"python:3\.11(-slim)?-bookworm", image), "the walk knows Debian 12's Python only"
        self.root = self._plain.copy(self._folder / f"stage{len(self._stages)}")
        self.root.run("ln -s /usr/bin/python3 /usr/local/bin/python")
        self._stages[name or "final"] = self.root
        self.user, self.cwd, self.env = "root", "/", dict[str, str]()

    def _copy(self, rest: str) -> None:
        source, target = rest.split()[-2:]
        to = self.root.folder / target.lstrip("/")
        if rest.startswith("--from="):
            origin = self._stages[rest.split(maxsplit=1)[0].removeprefix("--from=")]
            subprocess.run(["cp", "-a", str(origin.folder / source.lstrip("/")), str(to)], check=True)
            return
        to.mkdir(parents=True)
        ignore = (HERE / ".dockerignore").read_text().splitlines()
        for name in (line.removeprefix("!") for line in ignore if line.startswith("!")):
            if (HERE / name).is_dir():
                shutil.copytree(HERE / name, to / name)
            else:
                shutil.copyfile(HERE / name, to / name)

    def _run(self, rest: str) -> None:
        self.root.run(rest, user=self.user, cwd=self.cwd, env=self.env)

    def _env(self, rest: str) -> None:
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        self.env |= dict(part.split("=", 1) for part in shlex.split(rest.replace("$PATH", path)))

    def _user(self, rest: str) -> None:
        self.user = rest

    def _workdir(self, rest: str) -> None:
        self.root.run(f"mkdir -p {rest}")
        self.cwd = rest

    def _healthcheck(self, rest: str) -> None:
        self.health = rest.partition("CMD ")[2]

    def _entrypoint(self, rest: str) -> None:
        self.command = json.loads(rest)

    def _cmd(self, rest: str) -> None:
        self.command += json.loads(rest)

    def _expose(self, rest: str) -> None:
        """Nothing to walk."""

    def _volume(self, rest: str) -> None:
        """Nothing to walk."""


def test_the_image_runs_as_a_normal_user_tells_its_health_and_has_no_compiler(plain: CleanRoot, tmp_path: Path) -> None:
    """The Dockerfile's steps give a daemon that is well, is not root, and ends on SIGTERM."""
    image = Image(plain, tmp_path)
    inside = image.root
    assert image.user != "root"
    assert inside.run("command -v gcc || command -v cc || command -v pip", check=False, env=image.env).returncode != 0
    shutil.copytree(HERE / "config", inside.folder / "etc/intake-daemon", dirs_exist_ok=True)
    away = inside.run(image.health, user=image.user, cwd=image.cwd, env=image.env, check=False)
    assert away.returncode != 0, "not running, and yet well"
    wait = f"for i in $(seq 60); do ({image.health}) && echo is well >>/tmp/said && break; sleep 1; done"
    said = inside.run(until(shlex.join(image.command), ".", wait), user=image.user, cwd=image.cwd, env=image.env).stdout
    assert "is well" in said, said
    assert "ended with 0" in said, said
