"""What is installed: the wheel carries all that a company needs, and no dependency that nothing uses."""

import ast
import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent.parent
PACKAGES = ("intake_daemon", "connectors", "router")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel, built as a release would be."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(HERE)],
        check=True,
        capture_output=True,
    )
    [built] = folder.glob("*.whl")
    return built


def test_the_wheel_carries_code_configuration_samples_and_migrations(wheel: Path) -> None:
    """Every file of the three packages, of config/, samples/ and ops/ is in the wheel."""
    inside = set(zipfile.ZipFile(wheel).namelist())
    expected = {f"{folder}/{path}" for folder in PACKAGES for path in files(HERE / folder)}
    expected |= {
        f"intake_daemon/shipped/{folder}/{path}"
        for folder in ("config", "samples", "ops")
        for path in files(HERE / folder)
    }
    assert expected
    assert not expected - inside


def test_what_the_wheel_is_made_of_goes_to_the_images_builder() -> None:
    """A folder that the build asks for and `.dockerignore` keeps back makes no image."""
    said = (HERE / ".dockerignore").read_text(encoding="utf-8").splitlines()
    wanted = {*PACKAGES, *re.findall(r'"(\w+)": "intake_daemon/shipped/', (HERE / "hatch_build.py").read_text())}
    assert len(wanted) > len(PACKAGES)
    assert [name for name in sorted(wanted) if f"!{name}" not in said] == []


def test_the_installed_wheel_runs_the_demo_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    """Away from the checkout, with only what the wheel carries, the demo accounts for every contact."""
    installed, empty = tmp_path / "installed", tmp_path / "empty"
    empty.mkdir()
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--target", str(installed), str(wheel)], check=True, capture_output=True)
    done = subprocess.run(
        [sys.executable, "-m", "intake_daemon", "run", "--demo", "--once"],
        cwd=empty,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(installed), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    assert "0 unaccounted" in done.stdout, done.stdout
    assert [path.name for path in empty.iterdir()] == ["var"], "all of it lies under var/"


def files(folder: Path) -> Iterator[str]:
    """The files below a folder, but for what running leaves there."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not {"__pycache__", ".gitkeep"} & set(path.parts):
            yield str(path.relative_to(folder))


def test_every_runtime_dependency_is_imported_by_product_code() -> None:
    """A library that nothing uses is only a risk, so each one listed has an import in one of the three packages."""
    used = imported()
    assert [name for name, modules in dependencies().items() if not modules & used] == []


def test_every_library_that_product_code_imports_is_a_dependency() -> None:
    """What works only because something else brought it along breaks with that something's next release."""
    listed = {"pydantic_core"}.union(*dependencies().values())  # pydantic's own other half, pinned by it
    assert sorted(imported() - listed - set(PACKAGES) - sys.stdlib_module_names) == []


def dependencies() -> dict[str, set[str]]:
    """The runtime dependencies of pyproject.toml, each with the modules that it provides."""
    providers: dict[str, set[str]] = {}
    for module, names in importlib.metadata.packages_distributions().items():
        for name in names:
            providers.setdefault(canonical(name), set()).add(module)
    project = tomllib.loads((HERE / "pyproject.toml").read_text())["project"]
    return {name: providers[name] for name in map(canonical, project["dependencies"])}


def canonical(requirement: str) -> str:
    """The project's name in a requirement, as PyPI compares names (PEP 503)."""
    name = re.match(r"[\w.-]+", requirement)
    assert name, requirement
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def imported() -> set[str]:
    """The top-level names of all modules that the product imports, anywhere in a file."""
    found: set[str] = set()
    for folder in PACKAGES:
        for path in (HERE / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Import):
                    found |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    found.add(node.module.partition(".")[0])
    return found
