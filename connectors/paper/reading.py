"""`parse` of papers: from what was said of one to the common message. Pure, for any bytes.

The original is the sidecar as it came (the page writes one); scans and files are attachments. The envelope: `key` of a
page, `by` whom it was typed, `undescribed` when nobody has said anything yet, `described` when somebody now does,
`remark`.

Identity: `paper:<brand>:<key>:<sha256>` from the page; `paper:scan:<sha256 of the files>` from the folder. Who
describes a scan later makes a revision of it; both are parts of one contact.
"""

from __future__ import annotations

import hashlib

from connectors.paper.entry import Entry, SidecarFault, entry_of, phone_number
from intake_daemon.contract import Draft, Raw
from intake_daemon.message import Address, Part, Person, Tongue, message_id

_SCAN = "paper:scan:"
UNDESCRIBED = "undescribed"
"""The remark for which the router asks a person to describe the scan."""


def parse(raw: Raw) -> list[Draft]:
    """One message. What cannot be read becomes its text, with the remark `sidecar_wrong`."""
    said, remarks = raw.envelope, [word for word in raw.envelope.get("remark", "").split() if word]
    try:
        entry = entry_of(raw.content)
    except SidecarFault:
        entry = Entry(text=raw.content.decode("utf-8", "replace").replace("\x00", "\ufffd") or None)
        remarks.append("sidecar_wrong")
    if said.get("undescribed"):
        remarks.append(UNDESCRIBED)
    first, identity = _identity(raw)
    text = (entry.text or "").strip()
    addresses = _addresses(entry)
    return [
        Draft(
            identity=identity,
            external_id=said.get("name", "") or said.get("key", "") or first[-32:],
            channel=entry.channel,
            sender=Person(name=" ".join((entry.sender.name or "").split()) or None, addresses=addresses),
            subject=" ".join((entry.subject or "").split()),
            text=text,
            new_text=((0, len(text)),) if text else (),
            fields=_fields(entry, said.get("by", ""), addresses),
            language=Tongue(chosen=entry.language),
            files=raw.files,
            part_of=Part(group=first, last=True) if first.startswith(_SCAN) else None,
            revision_of=message_id(first) if first != identity else None,
            reply_address=_answered(entry, addresses),
            remarks=tuple(dict.fromkeys(remarks)),
        )
    ]


def _identity(raw: Raw) -> tuple[str, str]:
    """That of the paper, and that of this message of it."""
    files = hashlib.sha256()
    for file in raw.files:
        files.update(hashlib.sha256(file.content).digest())
    words = hashlib.sha256(raw.content).hexdigest()
    key = raw.envelope.get("key", "")
    if key or not raw.files:
        both = hashlib.sha256(files.digest() + words.encode()).hexdigest()
        identity = f"paper:{raw.brand}:{key}:{both}"
        return identity, identity
    first = f"{_SCAN}{files.hexdigest()}"
    return first, f"{first}:{words[:16]}" if raw.envelope.get("described") else first


def _addresses(entry: Entry) -> tuple[Address, ...]:
    sender = entry.sender
    email = sender.email or ""
    local, _, domain = email.rpartition("@")
    phone = phone_number(sender.phone or "")
    postal = "\n".join(line.strip() for line in (sender.address or "").splitlines() if line.strip())
    found = (("email", f"{local}@{domain.lower()}" if email else ""), ("phone", phone), ("postal", postal))
    return tuple(Address(kind=kind, value=value) for kind, value in found if value)


def _answered(entry: Entry, addresses: tuple[Address, ...]) -> Address | None:
    """Where the acknowledgement goes; None where it must be posted."""
    reached = [each for each in addresses if each.kind != "postal"]
    if entry.answer_by == "letter" and len(reached) < len(addresses):
        return None
    wanted = [each for each in reached if each.kind == entry.answer_by]
    return next(iter(wanted or reached), None)


def _fields(entry: Entry, by: str, addresses: tuple[Address, ...]) -> dict[str, object]:
    fields: dict[str, object] = {name: value for name, value in entry.fields.items() if value}
    if entry.sender.name:
        fields["customer.name"] = " ".join(entry.sender.name.split())
    if addresses:
        fields["customer.contact"] = addresses[0].value
    if entry.danger:
        fields["danger"] = True
    if by:
        fields["taken_by"] = by
    return fields
