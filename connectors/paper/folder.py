"""The watched folder: which scans belong together, when they are taken, and where they go.

    2026-11-18_001.pdf              a scan: PDF, TIFF, JPEG or PNG by its content
    2026-11-18_001.yaml  (.json)    its sidecar (entry.py), which may name several files
    kontakt/…                       the same for one brand
    done/2026-11/…                  what is held
    2026-11-18_001.problem.txt      our note: what is wrong, and what to do; gone when it is mended

Rules
-----
1. A file is taken only when it is complete (scans.py) and has not changed for `settle_seconds`; what begins with a dot,
   or ends in `.part .tmp .filepart .crdownload`, is still being written.
2. A scan waits `undescribed_minutes` for its sidecar, and for a sidecar to be mended; then it is taken all the same. A
   sidecar that comes later describes it: a revision.
3. Files move to `done/` only after they are held. A crash in between holds them once more: the same contact.
4. What is no scan, a link, or too large, stays where it is, with a note beside it.

Time is the machine's, since a file's own dates may be anything: when it was put here is its inode's change
(`st_ctime`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from connectors.paper.entry import LARGEST, Entry, SidecarFault, entry_of
from connectors.paper.scans import ends, kind_of
from intake_daemon.contract import File

SIDECARS = frozenset({".yaml", ".yml", ".json"})
_DONE = "done"
_NOTE = ".problem.txt"
_MARK = ".undescribed"
_UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload", "~")


@dataclass(frozen=True)
class Terms:
    """Seconds and bytes, as the settings say."""

    settle: float
    patience: float
    file_bytes: int
    files: int


@dataclass(frozen=True)
class Paper:
    """What is ready to be taken. `brand`: by the folder it lies in, empty for none."""

    brand: str
    content: bytes
    """The sidecar; empty without one."""
    entry: Entry
    files: tuple[File, ...]
    paths: tuple[Path, ...]
    """All that moves when it is held."""
    described: bool = False
    late: bool = False
    """It describes a scan that was taken before."""
    remarks: tuple[str, ...] = ()


class _NotYet(Exception):  # noqa: N818 -- a wait, not an error
    """Its time will come."""


class _WrongPaper(Exception):  # noqa: N818 -- a fault of what lies there, not of ours
    """It cannot be taken; the note says why."""


@dataclass
class Folder:
    """One folder. It remembers what it has told, so that a note is written once."""

    path: Path
    terms: Terms
    refused: Callable[[str], None] = lambda _code: None
    _sizes: dict[Path, tuple[int, float]] = field(default_factory=dict)
    _told: dict[Path, str] = field(default_factory=dict)

    def ready(self) -> list[Paper]:
        """What can be taken now, the oldest first. Reads files: call it in a thread. OSError when it cannot be looked
        at."""
        found = []
        for folder, brand in self._places():
            for group in _groups(folder):
                try:
                    found.append((min(map(_put_here, group)), self._paper(folder, brand, group)))
                except _NotYet:
                    continue
                except _WrongPaper as wrong:
                    self._note(group[0], str(wrong))
                except OSError:  # it went away, or is not ours to read
                    continue
        return [paper for _, paper in sorted(found, key=lambda each: each[0])]

    def held(self, paper: Paper, month: str) -> None:
        """Move it to `done/<month>/`; a scan that nobody described is marked, for the sidecar that may come."""
        done = self.path / _DONE / month
        done.mkdir(parents=True, exist_ok=True)
        for path in paper.paths:
            to = done / path.name
            number = 1
            while to.exists():
                number += 1
                to = done / f"{path.stem}-{number}{path.suffix}"
            if path.parent.is_relative_to(self.path / _DONE):
                continue
            path.replace(to)
            self._sizes.pop(path, None)
            if not paper.described and path.suffix.lower() not in SIDECARS:
                to.with_name(to.name + _MARK).write_text(path.name, encoding="utf-8")
        for path in paper.paths:
            path.with_name(path.name + _MARK).unlink(missing_ok=True)
            self._forget(path)

    def lying(self, since: float) -> Iterator[tuple[Path, float, bool]]:
        """Scans that lie here, whenever they came, and those that were put away since then (seconds since 1970): path,
        when it was put there, whether it was taken; of sidecars those without a scan. Raises OSError."""
        if not self.path.is_dir():
            raise FileNotFoundError(self.path)
        places = [(folder, False) for folder, _ in self._places()]
        for folder, taken in [*places, *((each, True) for each in (self.path / _DONE).glob("*") if each.is_dir())]:
            files = [path for path in sorted(folder.iterdir()) if path.is_file() and not path.is_symlink()]
            papers = [path for path in files if not _unfinished(path.name) and not path.name.endswith(_MARK)]
            scans = {Path(path.name).stem for path in papers if path.suffix.lower() not in SIDECARS}
            for path in papers:
                alone = path.stem not in scans and Path(path.stem).stem not in scans
                if (path.suffix.lower() not in SIDECARS or alone) and (not taken or _put_here(path) >= since):
                    yield path, _put_here(path), taken

    def _places(self) -> Iterator[tuple[Path, str]]:
        self.path.mkdir(parents=True, exist_ok=True)
        yield self.path, ""
        for each in sorted(self.path.iterdir()):
            if each.is_dir() and each.name != _DONE and not each.name.startswith("."):
                yield each, each.name

    def _paper(self, folder: Path, brand: str, group: list[Path]) -> Paper:
        """Raises _NotYet or _WrongPaper."""
        _no_links(group)
        sidecar = next((path for path in group if path.suffix.lower() in SIDECARS), None)
        scans = [path for path in group if path != sidecar]
        waited = time.time() - max(map(_put_here, group))
        settled = [self._settled(path) for path in group]  # each is looked at, whatever the others are
        if not all(settled):
            raise _NotYet
        content = b""
        entry, described, remarks = Entry(), sidecar is not None, []
        if sidecar is not None:
            if sidecar.stat().st_size > LARGEST:
                raise _WrongPaper("This is too long for a sidecar; the scan itself goes beside it.")
            content = sidecar.read_bytes()
            try:
                entry = entry_of(content)
            except SidecarFault as fault:
                self._note(sidecar, str(fault))
                if waited < self.terms.patience or not scans:
                    raise _NotYet from None
                described = False
                remarks.append("sidecar_wrong")
            scans = [*scans, *(_named(folder, name) for name in entry.files)]
            if missing := [path.name for path in scans if not path.exists()]:
                if waited < self.terms.patience:
                    raise _NotYet
                raise _WrongPaper(f"The sidecar names {', '.join(missing)}, which is not here. Put it here.")
        elif waited < self.terms.patience:
            raise _NotYet
        if not scans and sidecar is not None:
            return self._without_scan(sidecar, brand, content, entry, waited)
        files, cut = self._files(list(dict.fromkeys(scans)), waited)
        remarks += ["scan_incomplete"] if cut else []
        paths = (*dict.fromkeys(scans), *([sidecar] if sidecar else []))
        return Paper(brand, content, entry, files, paths, described=described, remarks=tuple(remarks))

    def _without_scan(self, sidecar: Path, brand: str, content: bytes, entry: Entry, waited: float) -> Paper:
        """It describes a scan that was taken before; or it is all there is, when it has the words."""
        names = {sidecar.stem, Path(sidecar.stem).stem, *(Path(name).stem for name in entry.files)}
        marks = [
            mark
            for mark in (self.path / _DONE).rglob(f"*{_MARK}")
            if Path(mark.read_text(encoding="utf-8")).stem in names
        ]
        if marks:
            scans = [mark.with_name(mark.name.removesuffix(_MARK)) for mark in sorted(marks)]
            files, _ = self._files([scan for scan in scans if scan.exists()], self.terms.patience)
            return Paper(brand, content, entry, files, (*scans, sidecar), described=True, late=True)
        if waited < self.terms.patience:
            raise _NotYet
        if not entry.text:
            raise _WrongPaper("There is no scan of this name here, and the sidecar has no text. Put the scan here.")
        return Paper(brand, content, entry, (), (sidecar,), described=True)

    def _files(self, scans: list[Path], waited: float) -> tuple[tuple[File, ...], bool]:
        """The scans, and whether one of them never came to its end."""
        if len(scans) > self.terms.files:
            raise _WrongPaper(f"These are more than {self.terms.files} files. Put them into fewer, or into two papers.")
        _no_links(scans)
        files, cut = [], False
        for path in scans:
            if path.stat().st_size > self.terms.file_bytes:
                raise _WrongPaper(
                    f"{path.name} is larger than {self.terms.file_bytes // 1024**2} MiB. Scan it smaller."
                )
            content = path.read_bytes()
            kind = kind_of(content)
            if kind is None and waited < self.terms.patience:
                raise _NotYet
            if kind is None:
                raise _WrongPaper(f"{path.name} is no scan: PDF, TIFF, JPEG or PNG. Take it out, or print it as PDF.")
            if not ends(content, kind):
                if waited < self.terms.patience:
                    raise _NotYet
                cut = True
            files.append(File(path.name, kind, content))
        return tuple(files), cut

    def _settled(self, path: Path) -> bool:
        """Whether its size is what it was at the last look, and it has not been touched for a while."""
        stat = path.stat()
        now = (stat.st_size, stat.st_mtime)
        before, self._sizes[path] = self._sizes.get(path), now
        quiet = time.time() - max(stat.st_ctime, min(stat.st_mtime, time.time())) >= self.terms.settle
        return before == now and quiet

    def _note(self, path: Path, problem: str) -> None:
        """Once, beside the file, and told to the door."""
        if self._told.get(path) == problem:
            return
        self._told[path] = problem
        self.refused("paper_problem")
        note = path.with_name(path.stem + _NOTE)
        if note.is_symlink():  # it would be written to wherever that leads
            note.unlink()
        note.write_text(f"{path.name}: {problem}\n", encoding="utf-8")

    def _forget(self, path: Path) -> None:
        self._told.pop(path, None)
        path.with_name(path.stem + _NOTE).unlink(missing_ok=True)


def _groups(folder: Path) -> Iterator[list[Path]]:
    """Files that belong together by their names; files that a sidecar names go with it."""
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and not _unfinished(path.name)]
    sidecars = {path for path in files if path.suffix.lower() in SIDECARS}
    claimed = {name for sidecar in sidecars for name in _claims(sidecar)}
    groups: dict[str, list[Path]] = {}
    for path in files:
        if path.name in claimed and path not in sidecars:
            continue
        owner = path.stem
        if path in sidecars and (folder / path.stem).is_file():  # scan.pdf.yaml beside scan.pdf
            owner = Path(path.stem).stem
        groups.setdefault(owner, []).append(path)
    yield from groups.values()


def _claims(sidecar: Path) -> tuple[str, ...]:
    try:
        with sidecar.open("rb") as file:
            return entry_of(file.read(LARGEST + 1)).files
    except (SidecarFault, OSError):
        return ()


def _named(folder: Path, name: str) -> Path:
    """A file of this folder, and of no other."""
    if name != os.path.basename(name) or name in {"", ".", ".."}:  # noqa: PTH119 -- a name, not a path
        raise _WrongPaper(f"The sidecar names {name!r}; write names of files in this folder only.")
    return folder / name


def _no_links(paths: Iterable[Path]) -> None:
    """What a link leads to lies elsewhere, and who may write here may not read it."""
    if link := next((path for path in paths if path.is_symlink()), None):
        raise _WrongPaper(f"{link.name} is a link. Put the file itself here.")


def _unfinished(name: str) -> bool:
    return name.startswith(".") or name.lower().endswith(_UNFINISHED) or name.endswith(_NOTE)


def _put_here(path: Path) -> float:
    return path.stat().st_ctime
