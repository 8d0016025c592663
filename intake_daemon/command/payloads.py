"""`intake parse` of what providers send: a recorded body, read by the connector of its kind.

A connector that reads bodies has a function `payload(content, settings)`: it yields a Draft for each contact, and for
what is none an object that says `what` it is (a code) and `why` it is no message (a sentence). What it cannot read it
may raise as Permanent, whose text says why. Where a file beside another one belongs to it, a function `beside(path)`
gives its words, and `payload` takes them as `beside`. `settings` are those of the brand's own connector of that kind,
where a configuration has one: an id may depend on them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from intake_daemon.errors import BadSettings, Permanent

if TYPE_CHECKING:
    from intake_daemon.contract import ConnectorSettings, Draft

READERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "telegram": ("connectors.telegram", ("telegram",)),
    "twilio": ("connectors.twilio", ("twilio_text", "twilio_voice")),
    "hook": ("connectors.hook", ("hook",)),
    "meta": ("connectors.meta", ("meta",)),
    "calls": ("connectors.calls", ("calls",)),
}
"""What is typed after `--kind` -> where its `payload` is, and the kinds of connector whose settings it wants."""


def reader(kind: str) -> tuple[str, tuple[str, ...]] | None:
    """Of a kind that is not in the table: its own module, where that has a `payload`. None where it reads no bodies."""
    if kind in READERS:
        return READERS[kind]
    for point in entry_points(group="intake_daemon.connectors", name=kind):
        if hasattr(import_module(point.module), "payload"):
            return point.module, (kind,)
    return None


class NoMessage(Protocol):
    """What a body holds that is no contact."""

    @property
    def what(self) -> str:
        """A code."""

    @property
    def why(self) -> str:
        """A sentence."""


Payload = Callable[[bytes, "ConnectorSettings | None"], "Iterator[Draft | NoMessage]"]


@dataclass(frozen=True)
class Found:
    """What was found in a file; of a contact its Draft, with the bytes that it was made from."""

    path: Path
    content: bytes = b""
    draft: Draft | None = None
    other: NoMessage | None = None
    fault: str = ""


def read(kind: str, paths: list[Path], settings: ConnectorSettings | None) -> Iterator[Found]:
    """Everything in these files and folders, in their order."""
    found = reader(kind)
    if found is None:
        raise LookupError(kind)
    module = import_module(found[0])
    beside: Callable[[Path], str | None] = getattr(module, "beside", lambda _: None)
    for path in paths:
        for file in _files(path):
            told = beside(file)
            payload: Payload = module.payload if told is None else partial(module.payload, beside=told)
            yield from _one(file, payload, settings)


def _one(file: Path, payload: Payload, settings: ConnectorSettings | None) -> Iterator[Found]:
    from intake_daemon.contract import Draft

    try:
        content = file.read_bytes()
        held = list(payload(content, settings))
    except OSError as error:
        yield Found(file, fault=error.strerror or type(error).__name__)
        return
    except Permanent as error:
        yield Found(file, fault=str(error))
        return
    except Exception as error:  # noqa: BLE001 -- a fault of ours with one file; the others are read all the same
        yield Found(file, fault=f"failed: {type(error).__name__}")
        return
    for each in held:
        yield Found(file, content, draft=each) if isinstance(each, Draft) else Found(file, content, other=each)
    if not held:
        yield Found(file, content, fault="it holds nothing that this kind sends")


def _files(path: Path) -> list[Path]:
    return sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]


def settings_of(kind: str, brand: str, config: Path | None, mapping: str = "") -> ConnectorSettings | None:
    """Of the brand's connector of this kind, where a configuration has one. Raises BadSettings for a named one.

    `mapping`: a hook's, by its name, or its file beside the configuration or here."""
    from intake_daemon.command import configuration
    from intake_daemon.settings import load_settings

    if mapping:
        if Path(mapping).is_file():
            mapping = str(Path(mapping).resolve())
        configured: Callable[..., ConnectorSettings] = import_module("connectors.hook").configured
        return configured(mapping, brand, config)
    try:
        folder = configuration.find(config)
        settings = load_settings(folder, configuration.settings_class, configuration.kinds())
    except BadSettings:
        if config:
            raise
        return None
    _, kinds = reader(kind) or ("", ())
    found: list[Any] = [each for each in settings.connectors.values() if each.kind in kinds]
    return next((each for each in found if getattr(each, "brand", "") == brand), None)
