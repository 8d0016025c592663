"""The watched folder: which files are whole, and what becomes of them. Blocks; called in threads.

Rules
-----
1. A file is whole when neither its size nor its time has changed for `settle` seconds, and what belongs to it (its
   `.meta.json`, its recording) has not either. Hidden names and those of unfinished copies are not looked at.
2. It is moved or removed only after it was held. A crash in between takes it once more: the same call, one contact.
3. What cannot be moved is left, told once, and not taken again until it changes.
4. Only plain files of this folder itself: no links, no folders within.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from connectors.calls.delivery import Delivery, is_sound
from intake_daemon.contract import File
from intake_daemon.errors import Temporary

DONE, PARKED = "done", "parked"
_UNFINISHED = (
    ".part",
    ".partial",
    ".tmp",
    ".temp",
    ".filepart",
    ".crdownload",
    ".download",
    ".swp",
    ".lock",
    ".writing",
)
BESIDE = (".meta.json", ".metadata.json", ".sidecar.json")
_ORPHAN = 3600.0
"""Seconds after which a recording, or what is told beside a call, without a transcript is no longer waited with."""
_BEGINNING = 65_536
_MEDIA = {".wav": "audio/wav", ".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".m4a": "audio/mp4", ".flac": "audio/flac"}
State = tuple[int, int]
"""Size, and time of the last change in nanoseconds."""


@dataclass(frozen=True)
class Found:
    """A transcript and what belongs to it. `alone`: something that has waited for its transcript in vain."""

    path: Path
    beside: Path | None = None
    sounds: tuple[Path, ...] = ()
    alone: bool = False

    @property
    def all(self) -> tuple[Path, ...]:
        """Every file of it."""
        return (self.path, *([self.beside] if self.beside else []), *self.sounds)


@dataclass(frozen=True)
class Opened:
    """What a file holds. `fault`: why it is no call, whatever it holds: `too_large` (this is its beginning),
    `no_transcript`, `folder_unreadable`."""

    delivery: Delivery
    fault: str = ""


@dataclass
class Folder:
    """One folder."""

    path: Path
    settle: float
    most: int
    remove: bool
    _seen: dict[Path, tuple[State, float]] = field(default_factory=dict)
    """How each file was when it was last seen changed, and when that was."""
    _stuck: dict[Path, State] = field(default_factory=dict)

    def whole(self) -> list[Found]:
        """What can be taken, oldest first. Raises Temporary when the folder cannot be read."""
        now = time.monotonic()
        states = dict(self._states())
        self._seen = {
            path: (state, self._seen[path][1] if path in self._seen and self._seen[path][0] == state else now)
            for path, state in states.items()
        }
        settled = {path for path in states if self._is_settled(path, now)}
        found = [each for each in self._groups(states) if set(each.all) <= settled]
        ready = [each for each in found if self._stuck.get(each.path) != states[each.path]]
        return sorted(ready, key=lambda each: (states[each.path][1], each.path.name))

    def open(self, found: Found) -> Opened | None:
        """Its bytes; None when it has gone, or changed, meanwhile."""
        try:
            if not all(map(self._is_unchanged, found.all)):
                return None
            size = sum(path.stat().st_size for path in found.all)
            if size > self.most:
                return Opened(Delivery(_read(found.path, _BEGINNING)), "too_large")
            if found.alone:
                return Opened(Delivery(_read(found.path)), "no_transcript")
            beside = _read(found.beside).decode("utf-8-sig", "replace") if found.beside else "{}"
            sounds = tuple(
                File(path.name, _MEDIA.get(path.suffix.lower(), "application/octet-stream"), _read(path))
                for path in found.sounds
            )
            return Opened(Delivery(_read(found.path), beside, sounds))
        except FileNotFoundError:
            return None
        except OSError:  # this one alone: the others are taken all the same
            return Opened(Delivery(b""), "folder_unreadable")

    def held(self, found: Found) -> bool:
        """It is ours: whether it could be put away."""
        return self._away(found, None if self.remove else DONE)

    def parked(self, found: Found) -> bool:
        """It cannot be read: whether it could be put away."""
        return self._away(found, PARKED)

    def lying(self, since: float) -> Iterator[tuple[Path, float, bool]]:
        """Transcripts that lie here, whenever they came, and those that were put away since then (seconds since 1970):
        path, when it was put there, whether it was taken. Raises OSError."""
        for folder in (self.path, self.path / DONE, self.path / PARKED):
            taken = folder != self.path
            if taken and not folder.is_dir():
                continue
            for path in sorted(folder.iterdir()):
                name, found = path.name.lower(), path.lstat()
                hidden = name.startswith((".", "~")) or name.endswith(("~", *_UNFINISHED))
                if hidden or not stat.S_ISREG(found.st_mode) or beside_of(name) or is_sound(name, ""):
                    continue
                if not taken or found.st_ctime >= since:
                    yield path, found.st_ctime, taken

    # --- looking ----------------------------------------------------------------------------------------------------

    def _states(self) -> Iterator[tuple[Path, State]]:
        try:
            with os.scandir(self.path) as entries:
                for entry in entries:
                    name = entry.name.lower()
                    if name.startswith((".", "~")) or name.endswith(("~", *_UNFINISHED)):
                        continue
                    found = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(found.st_mode):
                        yield self.path / entry.name, (found.st_size, found.st_mtime_ns)
        except FileNotFoundError as error:
            if self.path.exists():  # a file went while we looked; the next look sees the others
                return
            raise Temporary("folder_missing") from error
        except OSError as error:
            raise Temporary("folder_unreadable") from error

    def _is_settled(self, path: Path, now: float) -> bool:
        state, since = self._seen[path]
        old = time.time() - state[1] / 1e9 >= self.settle  # it was there before us
        return old or now - since >= self.settle

    def _is_unchanged(self, path: Path) -> bool:
        """Whether it is as it was when it was found to be whole. What is gone, or is no file, has not changed."""
        try:
            found = path.lstat()
        except FileNotFoundError:
            return True
        known = self._seen.get(path)
        return not known or not stat.S_ISREG(found.st_mode) or known[0] == (found.st_size, found.st_mtime_ns)

    def _groups(self, states: dict[Path, State]) -> Iterator[Found]:
        """Each transcript with what has its name; what waits for one too long, alone."""
        beside = {path: stem for path in states if (stem := beside_of(path.name))}
        sounds = {path for path in states if is_sound(path.name, "")}
        transcripts = [path for path in states if path not in beside and path not in sounds]
        used: set[Path] = set()
        for path in transcripts:
            names = {path.name, path.stem}
            told = next((each for each, stem in beside.items() if stem in names and each not in used), None)
            own = tuple(sorted(each for each in sounds if each.stem in names and each not in used))
            found = Found(path, told, own)
            used.update(found.all)
            yield found
        for path in states.keys() - used:
            if time.time() - states[path][1] / 1e9 > _ORPHAN:
                yield Found(path, alone=True)

    # --- putting away -----------------------------------------------------------------------------------------------

    def _away(self, found: Found, into: str | None) -> bool:
        try:
            for path in found.all:
                if not self._is_unchanged(path):  # written anew since: those words are not held, and taken next
                    continue
                if into is None:
                    path.unlink(missing_ok=True)
                else:
                    _move(path, self.path / into)
        except OSError:
            with_state = found.path.lstat() if found.path.exists() else None
            if with_state:
                self._stuck[found.path] = (with_state.st_size, with_state.st_mtime_ns)
            return False
        return True


def beside_of(name: str) -> str:
    """Of the name of what is told beside a call the call's; "" of any other."""
    return next((name[: -len(end)] for end in BESIDE if name.lower().endswith(end)), "")


def _read(path: Path, most: int = -1) -> bytes:
    """Raises OSError; a link is not followed."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(handle, "rb") as file:
        return file.read(most)


def _move(path: Path, folder: Path) -> None:
    """Into that folder under its name, or where that is taken under the next free one."""
    folder.mkdir(exist_ok=True)
    if not path.exists():
        return
    for count in range(1, 10_000):
        target = folder / (path.name if count == 1 else f"{path.stem}-{count}{path.suffix}")
        if not target.exists():
            path.rename(target)
            return
    raise FileExistsError(path.name)
