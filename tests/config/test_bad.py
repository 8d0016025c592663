"""Bad configurations: each folder of bad/ changes the good one and says in `expected` what an operator must read.

`removed`, where it is there, lists files that the case takes away. A new case needs no code.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from intake_daemon.errors import BadSettings
from tests.config.reading import ENVIRONMENT, GOOD, configuration

BAD = Path(__file__).parent / "bad"


def told(case: Path, folder: Path) -> str:
    """What is said of the good configuration with this case's changes, file names from the folder."""
    shutil.copytree(GOOD, folder)
    shutil.copytree(case, folder, dirs_exist_ok=True)
    for name in (folder / "removed").read_text().split() if (folder / "removed").exists() else ():
        (folder / name).unlink()
    with pytest.raises(BadSettings) as refused:
        configuration(folder)
    return str(refused.value).replace(f"{folder}/", "") + "\n"


@pytest.mark.parametrize("case", sorted(BAD.iterdir()), ids=lambda case: str(case.name))
def test_every_fault_is_told_with_file_line_and_remedy(case: Path, tmp_path: Path) -> None:
    """The operator reads exactly the expected words: every fault, nothing else, none of them a secret."""
    said = told(case, tmp_path / "config")
    assert said == (case / "expected").read_text()
    assert not any(secret in said for secret in (*ENVIRONMENT.values(), "planted"))


def test_the_good_one_has_no_fault() -> None:
    """Without a change the same folder loads, without a warning."""
    assert configuration(GOOD).warnings == ()
