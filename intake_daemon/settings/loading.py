"""Reading `intake.yaml` whole: types, each connector's own settings, and what must hold between them.

Rules
-----
1. What is said of a connector is checked against that connector's own `Settings`, found by its kind.
2. Outside the demo an `unset` value, an `.example` address, a written-out secret and a generated key are faults:
   they are somebody's to give.
3. No two brands share a prefix or an address; what a brand sends with, and what a connector serves, must exist.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from intake_daemon.contract import ConnectorSettings
from intake_daemon.errors import BadSettings
from intake_daemon.settings.intake import Settings
from intake_daemon.settings.reading import Document, Loc, open_document
from intake_daemon.settings.saying import did_you_mean

Kinds = Callable[[str], type[ConnectorSettings]]
"""The Settings of a connector's kind. Raises LookupError for a kind that is not installed."""

GENERATED = "generated"
"""What stands for the installation's key in the demo."""
_KEY_LENGTH = 32
_EXAMPLE = re.compile(r"\.example\b", re.IGNORECASE)


def load_settings(
    folder: Path,
    kinds: Kinds,
    known: Sequence[str] = (),
    *,
    env: Mapping[str, str] | None = None,
    file: str = "intake.yaml",
) -> Settings:
    """`intake.yaml` of a configuration folder. Raises BadSettings with every fault.

    `kinds` finds a connector's Settings; `known`: the installed kinds, for the fault that names an unknown one.
    """
    document = open_document(folder / file, env=env)
    if not isinstance(document.data, dict):
        document.fault((), "this file should hold keys with values.", "Begin with installation: and brands:.")
        document.done()
    demo = document.get(("demo",)) is True
    if not demo:
        _unset(document)
        _key(document)
        _passwords(document)
    names = tuple(document.get(("connectors",)) or ())
    connectors = _connectors(document, kinds, known, demo=demo)
    document.data = {**document.data, "connectors": connectors}
    settings = document.typed(Settings)
    if settings is not None:
        _installation(document, settings)
        _brands(document, settings, names)
        _served(document, settings)
        _claimed(document, settings)
        _canaries(document, settings)
    document.done()
    assert settings is not None  # noqa: S101 -- `typed` gives None only after noting a fault
    return settings


def installation_key(settings: Settings) -> bytes:
    """The key's bytes. A `generated` one is made at its first use and kept in `var/installation.key`, mode 0600."""
    if settings.installation.key != GENERATED:
        return settings.installation.key.encode()
    settings.var.mkdir(parents=True, exist_ok=True)
    path = settings.var / "installation.key"
    if not path.exists():
        new = settings.var / f"installation.key.{os.getpid()}"
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as written:
            written.write(secrets.token_hex(_KEY_LENGTH))
            written.flush()
            os.fsync(written.fileno())
        try:
            os.link(new, path)  # whole or not at all, and never over another process's
        except FileExistsError:
            pass
        finally:
            new.unlink()
    return path.read_bytes()


def _connectors(
    document: Document, kinds: Kinds, known: Sequence[str], *, demo: bool
) -> dict[str, ConnectorSettings] | object:
    written = document.get(("connectors",))
    if written is None or not isinstance(written, dict):
        return {} if written is None else written
    found: dict[str, ConnectorSettings] = {}
    for name, said in written.items():
        at: Loc = ("connectors", name)
        kind = said.get("kind") if isinstance(said, dict) else None
        if not isinstance(kind, str):
            document.fault(at, f"connector {name!r} does not say its kind.", f"Write kind: … {_listed(known)}")
            continue
        try:
            model = kinds(kind)
        except LookupError:
            document.fault((*at, "kind"), f"there is no connector of kind {kind!r}.", _listed(known, kind))
            continue
        if not demo:
            document.secrets(model, at)
        try:
            settings = document.typed(model, at, context={"folder": Path(document.file).parent})
        except BadSettings as bad:  # of a file that this connector's settings name
            document.faults.extend(bad.faults)
            continue
        if settings is not None:
            found[name] = settings
    return found


def _listed(known: Sequence[str], kind: str = "") -> str:
    return did_you_mean(kind, sorted(known)) if known else "See docs/settings.md."


def _unset(document: Document) -> None:
    for at, value in document.values():
        if not isinstance(value, str):
            continue
        if value == "unset":
            document.fault(at, f"{at[-1]!r} is unset.", "Give it a value; only the demo runs without.")
        elif _EXAMPLE.search(value):
            document.fault(at, f"{value!r} is an example.", "Write your own; .example belongs to nobody.")


def _passwords(document: Document) -> None:
    for key in ("broker", "store"):
        value = document.get((key,))
        if isinstance(value, str) and (key,) not in document.expanded and urlsplit(value).password:
            document.fault((key,), f"the password in {key!r} stands in the file.", "Write ${PASSWORD} in its place.")


def _key(document: Document) -> None:
    at: Loc = ("installation", "key")
    remedy = "Write key: ${INTAKE_KEY} and set it; `openssl rand -hex 32` makes one."
    if document.get(at) == GENERATED:
        document.fault(at, "only the demo may generate its key.", remedy)
    elif isinstance(document.get(at), str) and at not in document.expanded:
        document.fault(at, "the key is a secret and stands in the file.", remedy)


def _installation(document: Document, settings: Settings) -> None:
    key = settings.installation.key
    if key != GENERATED and len(key) < _KEY_LENGTH:
        remedy = "`openssl rand -hex 32` makes one."
        document.fault(("installation", "key"), f"the key has fewer than {_KEY_LENGTH} characters.", remedy)
    if settings.web.public.port and settings.web.public == settings.web.internal:
        document.fault(("web", "internal"), "both listeners have the same port.", "Give internal another one.")


def _brands(document: Document, settings: Settings, connectors: tuple[str, ...]) -> None:
    prefixes: dict[str, str] = {}
    addresses: dict[str, str] = {}
    for name, brand in settings.brands.items():
        at: Loc = ("brands", name)
        if (other := prefixes.setdefault(brand.prefix, name)) != name:
            document.fault((*at, "prefix"), f"brand {other!r} has the prefix {brand.prefix} already.", "Take another.")
        for number, address in enumerate(brand.addresses.email):
            if (other := addresses.setdefault(address, name)) != name:
                place = (*at, "addresses", "email", number)
                document.fault(place, f"brand {other!r} has this address already.", "An address belongs to one brand.")
        for kind, connector in brand.outgoing.items():
            if connector not in connectors:
                place = (*at, "outgoing", kind)
                document.fault(place, f"there is no connector {connector!r}.", did_you_mean(connector, connectors))


def _claimed(document: Document, settings: Settings) -> None:
    """What only one connector of a kind may have."""
    claimed: dict[tuple[str, str], str] = {}
    for name, connector in settings.connectors.items():
        for claim, remedy in connector.claims().items():
            if (other := claimed.setdefault((connector.kind, claim), name)) != name:
                document.fault(("connectors", name), f"{claim} come by connector {other!r} already.", remedy)


def _canaries(document: Document, settings: Settings) -> None:
    """Doors that there are, and an address that is not one of our own: its letters would come in as complaints."""
    if settings.canaries is None:
        return
    known = tuple(settings.connectors)
    for number, door in enumerate(settings.canaries.doors):
        if door not in known:
            place = ("canaries", "doors", number)
            document.fault(place, f"there is no connector {door!r}.", did_you_mean(door, known))
    ours = {address for brand in settings.brands.values() for address in (*brand.addresses.email, brand.sender.address)}
    if settings.canaries.address in ours:
        problem = f"{settings.canaries.address} is an address at which a brand takes complaints."
        document.fault(("canaries", "address"), problem, "Name one of your own that nobody answers from.")


def _served(document: Document, settings: Settings) -> None:
    """A connector that names a brand names one that exists."""
    for name, connector in settings.connectors.items():
        said = getattr(connector, "brand", None) or getattr(connector, "brands", None) or ()
        for brand in (said,) if isinstance(said, str) else tuple(said):
            if brand not in settings.brands:
                key = "brand" if hasattr(connector, "brand") else "brands"
                remedy = did_you_mean(str(brand), tuple(settings.brands))
                document.fault(("connectors", name, key), f"there is no brand {brand!r}.", remedy)
