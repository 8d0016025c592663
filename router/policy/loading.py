"""Reading config/policies/: common.yaml, then one file per brand; each policy kept by the hash of its text.

Rules
-----
1. The text of a policy is canonical JSON of what the brand's file says, with what it leaves unsaid from `defaults`, and
   with the laws and bodies that it names. Comments, order and layout change no hash; calendars are no part of it.
2. A text that was kept can be read again (`parse`), so that a case keeps the terms under which it was received (R-10).
3. Every fault is told with the file in which it stands, at once for all files.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from intake_daemon.errors import BadSettings
from intake_daemon.settings import Brand, Document, open_document
from intake_daemon.settings.saying import did_you_mean
from router.policy.clauses import clauses
from router.policy.common import Calendar, Common
from router.policy.happening import never
from router.policy.model import Policy

_OURS = ("law", "bodies", "hash")
"""Fields of a Policy that we fill; in a brand's file they are unknown keys."""


@dataclass(frozen=True)
class Policies:
    """Every brand's policy of today, and by hash also those of yesterday."""

    brands: Mapping[str, Policy]
    calendars: Mapping[str, Calendar]
    documents: Mapping[str, Document] = field(default_factory=dict, repr=False)
    """The file of each brand, for the lines of later faults."""
    kept: Mapping[str, Policy] = field(default_factory=dict, repr=False)
    clauses: Mapping[str, Mapping[tuple[str, ...], str]] = field(default_factory=dict, repr=False)
    """Per brand, and "" for all, the clauses that each line names."""

    def brand(self, brand: str) -> Policy:
        """Today's policy of a brand. Raises KeyError."""
        return self.brands[brand]

    def clause(self, brand: str, *place: str) -> str:
        """The clauses that a line of the brand's file names in its comment (`# W-07 W-23`), or nothing.

        `place`: `("extend",)`, `("clocks", "ack")`, `("stages", "2")`, `("overlays", "pt_livro")`.
        """
        return self.clauses.get(brand, {}).get(place) or self.clauses.get("", {}).get(place, "")

    def by_hash(self, wanted: str) -> Policy:
        """The policy that a case names. Raises KeyError for a text that nobody kept."""
        return self.kept[wanted]

    def remember(self, texts: Iterable[str]) -> Policies:
        """These and the policies of earlier texts, such as the ledger's. A text that a newer process has kept, and that
        this one cannot read, is left out: its cases are written to once a process that can read it is there."""
        earlier = {}
        for each in texts:
            with contextlib.suppress(ValidationError):
                policy = parse(each)
                earlier[policy.hash] = policy
        return replace(self, kept={**earlier, **self.kept})

    def texts(self) -> dict[str, str]:
        """Hash and text of today's policies; what the ledger keeps."""
        return {policy.hash: text(policy) for policy in self.brands.values()}


def load_policies(folder: Path, brands: Mapping[str, Brand], *, env: Mapping[str, str] | None = None) -> Policies:
    """The policies of these brands from `folder`/policies. Raises BadSettings with every fault of every file."""
    common_document = open_document(folder / "policies" / "common.yaml", env=env)
    common = common_document.typed(Common)
    if common is not None:
        _clocks_of_law(common_document, common)
    faults = list(common_document.faults)
    found: dict[str, Policy] = {}
    documents: dict[str, Document] = {"": common_document}
    for name, brand in brands.items():
        path = folder / "policies" / f"{brand.policy or name}.yaml"
        try:
            document = open_document(path, env=env)
        except BadSettings as bad:
            faults += bad.faults
            continue
        documents[name] = document
        policy = _policy(document, name, common, common_document.data) if common is not None else None
        faults += document.faults
        if policy is not None:
            found[name] = policy
    if faults:
        raise BadSettings(sorted(faults, key=lambda fault: (fault.file, fault.line)))
    assert common is not None  # noqa: S101 -- without it there were faults
    named = {name: clauses(document) for name, document in documents.items()}
    return Policies(found, common.calendars, documents, {policy.hash: policy for policy in found.values()}, named)


def parse(kept: str) -> Policy:
    """A policy from its kept text."""
    policy = Policy.model_validate_json(kept)
    return policy.model_copy(update={"hash": _hash(kept)})


def text(policy: Policy) -> str:
    """A policy's canonical text: the same policy gives the same text, byte by byte."""
    plain = policy.model_dump(mode="json", by_alias=True, exclude={"hash"}, exclude_unset=True)
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _hash(kept: str) -> str:
    return hashlib.sha256(kept.encode()).hexdigest()


def _policy(document: Document, name: str, common: Common, common_data: Mapping[str, Any]) -> Policy | None:
    written = document.data if isinstance(document.data, dict) else {}
    for key in _OURS:
        if key in written:
            document.fault((key,), f"unknown key {key!r}.", "Calendars, bodies and laws stand in common.yaml.")
    if isinstance(written.get("brand"), str) and written["brand"] != name:
        document.fault(("brand",), f"this is the file of brand {name!r}.", f"Write brand: {name}.")
    document.data = _merged(common_data["defaults"], written)
    document.data["law"] = _named(document, written, "overlays", common_data["overlays"])
    document.data["bodies"] = _bodies(document, written, common_data["bodies"])
    policy = document.typed(Policy)
    if policy is None:
        return None
    _within(document, policy, common)
    return policy.model_copy(update={"hash": _hash(text(policy))})


def _merged(defaults: Mapping[str, Any], written: Mapping[str, Any]) -> dict[str, Any]:
    """What a brand says over what all say; of keys with parts, part by part."""
    merged = {**defaults, **written}
    for key, common in defaults.items():
        own = written.get(key)
        if isinstance(common, dict) and isinstance(own, dict):
            merged[key] = {**common, **own}
    return merged


def _named(document: Document, written: Mapping[str, Any], key: str, shared: Mapping[str, Any]) -> dict[str, Any]:
    names = written.get(key) if isinstance(written.get(key), list) else []
    for number, name in enumerate(names or []):
        if name not in shared:
            document.fault((key, number), f"common.yaml has no {name!r}.", did_you_mean(str(name), tuple(shared)))
    return {name: shared[name] for name in names or [] if name in shared}


def _bodies(document: Document, written: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    named: dict[str, Any] = {}
    external = written.get("external")
    for number, entry in enumerate(external if isinstance(external, list) else []):
        body = entry.get("body") if isinstance(entry, dict) else None
        if isinstance(body, str) and body in shared:
            named[body] = shared[body]
        elif isinstance(body, str):
            place = ("external", number, "body")
            document.fault(place, f"common.yaml has no body {body!r}.", did_you_mean(body, tuple(shared)))
    return named


def _clocks(document: Document, policy: Policy, common: Common) -> set[str]:
    """What must hold of each clock; their ids."""
    ids: set[str] = set()
    for number, clock in enumerate(policy.clocks):
        if clock.id in ids:
            document.fault(("clocks", number, "id"), f"clock {clock.id!r} stands here twice.", "Give it another id.")
        ids.add(clock.id)
        if clock.calendar is not None and clock.calendar not in common.calendars:
            remedy = did_you_mean(clock.calendar, tuple(common.calendars))
            document.fault(("clocks", number, "calendar"), f"no calendar {clock.calendar!r}.", remedy)
        for key, event in (("from", clock.start), ("until", clock.until)):
            if why := never(policy, event):
                problem = f"{event!r} never happens here: {why[0]}."
                document.fault(("clocks", number, key), problem, why[1])
        if clock.stage not in {stage.id for stage in policy.stages}:
            document.fault(("clocks", number, "stage"), f"there is no stage {clock.stage}.", "Add it to stages.")
    return ids


def _within(document: Document, policy: Policy, common: Common) -> None:
    """What must hold inside one policy."""
    if policy.calendar not in common.calendars:
        remedy = did_you_mean(policy.calendar, tuple(common.calendars))
        document.fault(("calendar",), f"common.yaml has no calendar {policy.calendar!r}.", remedy)
    if policy.languages.default not in policy.languages.offered:
        default = policy.languages.default
        document.fault(("languages", "default"), f"the default language {default!r} is not offered.", "Add it.")
    ids = _clocks(document, policy, common)
    for number, clock_id in enumerate(policy.extend.clocks if policy.extend else ()):
        if clock_id not in ids:
            document.fault(("extend", "clocks", number), f"no clock {clock_id!r}.", did_you_mean(clock_id, tuple(ids)))


def _clocks_of_law(document: Document, common: Common) -> None:
    for name, overlay in common.overlays.items():
        for number, clock in enumerate(overlay.clocks):
            if clock.basis != "law":
                place = ("overlays", name, "clocks", number, "basis")
                document.fault(place, f"an overlay is law, not {clock.basis}.", "Write basis: law.")
