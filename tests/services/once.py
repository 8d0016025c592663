"""What is the same in every configuration of the tests is loaded and tried once in a process.

Almost every test reads the shipped policies, letters and words, and three quarters of that time goes into trying every
letter of every brand in every language. A folder with the same files (`intake.yaml` left out) as one in which no fault
was found has none either; its lists of words are the same object. Faults are looked for anew each time.
"""

from __future__ import annotations

import hashlib
from importlib import import_module
from pathlib import Path
from typing import Any


def digest(folder: Path, *, but: str = "") -> str:
    """Of all files below it, by names and contents."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != but):
        content = path.read_bytes()
        total.update(f"{path.relative_to(folder)}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


def load_once() -> None:
    """From now on, in this process."""
    router: Any = import_module("router.configuration")
    load, check = router.load_words, router.check_notices
    words, well = dict[str, Any](), set[tuple[str, ...]]()

    def load_words(folder: Path) -> Any:  # noqa: ANN401 -- as the real one
        files = digest(folder / "words")
        if files not in words:
            words[files] = load(folder)
        return words[files]

    def check_notices(*given: Any, names: Any, staff: Any, folder: Path) -> Any:  # noqa: ANN401 -- as the real one
        key = (digest(folder, but="intake.yaml"), *map(str, sorted(names.items())), *sorted(staff))
        faults = [] if key in well else check(*given, names=names, staff=staff, folder=folder)
        if not faults:
            well.add(key)
        return faults

    router.load_words, router.check_notices = load_words, check_notices
