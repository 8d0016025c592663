"""`intake parse --kind hook` and `intake verify --kind hook`: what we make of a recorded post. Nothing is fetched.

Without a mapping the shipped ones are tried, each by its `recognise`, and the remark `mapped_by_<name>` says which it
was; `plain` takes what nobody else knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from connectors.hook.body import Json, opened
from connectors.hook.drafting import Place, draft, files_of
from connectors.hook.loading import load, shipped
from connectors.hook.mapping import Item
from connectors.hook.mapping import Mapping as Table
from connectors.hook.settings import HookSettings
from connectors.hook.signature import NAMED, stamp, verify
from connectors.hook.table import Signed
from intake_daemon.contract import ConnectorSettings, Draft
from intake_daemon.errors import Permanent


@dataclass(frozen=True)
class Other:
    """What a body holds that is no contact."""

    what: str
    why: str


def configured(mapping: str, brand: str, folder: Path | None) -> HookSettings:
    """Settings with this mapping and nothing else. Raises BadSettings; ValidationError for one that is not there."""
    said = {"kind": "hook", "mapping": mapping, "brand": brand, "secret": "none"}
    return HookSettings.model_validate(said, context={"folder": folder})


def payload(content: bytes, settings: ConnectorSettings | None) -> Iterator[Draft | Other]:
    """A Draft for each item of a post. Raises Permanent, whose text says why, for bytes that are no post."""
    try:
        body = opened(content)
    except ValueError as error:
        raise Permanent(f"This post cannot be read: {error}.") from None
    said = settings if isinstance(settings, HookSettings) else None
    mapping = said.loaded if said else _recognised(body)
    remarks = () if said else (f"mapped_by_{mapping.name}",)
    items = mapping.items(body)
    if not items:
        yield Other("no_complaint", f"The mapping {mapping.name!r} says that this post is no complaint.")
    for number, item in enumerate(items):
        found = mapping.found(body, item)
        if not any(found.fields.values()):
            yield Other("no_complaint", "It holds no words, nobody's address and no file.")
            continue
        place = Place(
            brand=said.brand if said else "",
            source=said.system if said else mapping.name,
            channel=(said.channel if said else None) or mapping.table.channel,
            number=number if len(items) > 1 else None,
            month_first=mapping.table.month_first,
        )
        yield _draft(found, place, remarks)


def _draft(found: Item, place: Place, remarks: tuple[str, ...]) -> Draft:
    _, links, _ = files_of(found.fields.get("files"))
    return draft(found, place, (), (*remarks, *(["file_not_fetched"] if links else [])))


def _recognised(body: Json) -> Table:
    known = [load(name) for name in shipped()]
    return next((each for each in known if each.recognises(body)), known[-1])


_FAULTS = {
    "signature_missing": (
        "The headers have no signature that we know: webhook-id, webhook-timestamp and webhook-signature of Standard "
        "Webhooks, Typeform-Signature, Tally-Signature, X-Hub-Signature-256, or Authorization: Bearer."
    ),
    "signature_bad": (
        "The signature is not of this body and this secret. Keep the body byte by byte as it came, and the secret "
        "whole (whsec_… for Standard Webhooks)."
    ),
}


def verified(secret: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[str, str] | None:
    """None when a recorded post's signature holds, else a code and a sentence. `headers`: names in lower case.

    Which scheme it is, the headers say. Its time is not looked at: a recorded post is an old one. An editor's final
    line end is left out when the signature holds without it."""
    address = url.partition("?")[0].rstrip("/").rpartition("/")[2]
    scheme = _scheme(headers) if set(headers) & _SIGNING or not address else "address"
    why = None
    for content in (body, body.rstrip(b"\r\n")):
        why = verify(scheme, (secret,), headers, content, address=address)
        if why is None:
            return None
    return why or "", _FAULTS[why or "signature_bad"]


_SIGNING = {"webhook-id", "svix-id", "authorization", *(scheme.header for scheme in NAMED.values())}


def _scheme(headers: Mapping[str, str]) -> Signed:
    if not stamp(headers).id:
        for name, scheme in NAMED.items():
            if scheme.header in headers:
                return "typeform" if name == "typeform" else "tally" if name == "tally" else "github"
        if "authorization" in headers:
            return "bearer"
    return "standard"
