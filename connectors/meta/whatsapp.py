"""What a WhatsApp message holds, by its type. Pure, for any JSON object.

    text                        its words
    image video audio voice document sticker       the caption; a file, fetched by its id
    location contacts order     a readable line each, and the thing itself in `fields`
    button, interactive         what was pressed or chosen, as words; its id in `fields["button"]`
    interactive nfm_reply       a form that was filled in: its answers line by line, and in `fields["form"]`
    edit                        the message as it now is
    unsupported, unknown        held all the same, with the remark `unsupported`: somebody said something
    what we do not know         held with all its words and files, and the remark `unknown_content`

context -> what it answers, forwarded, a product that it asks about; referral -> the advertisement that they came from.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from connectors.meta.content import Content, Media, joined, media, place
from connectors.meta.values import kept, mapping, mappings, name, number, string

_FILES = frozenset("image video audio voice document sticker".split())
_UNREADABLE = frozenset("unsupported unknown ephemeral errors".split())
_DEEP = 12
_WORDS = ("body", "text", "caption", "title", "name", "description")


def content_of(message: Mapping[str, Any]) -> Content:
    """All that it holds."""
    if message.get("type") == "edit":
        inner = mapping(mapping(message.get("edit")).get("message"))
        return content_of(inner) if inner else Content(remarks=("unknown_content",))
    found = _by_type(_type(message), message)
    return Content(found.text, {**found.fields, **_around(message)}, found.media, found.remarks)


def answered(message: Mapping[str, Any]) -> str:
    """The id of the message that it answers."""
    inner = mapping(mapping(message.get("edit")).get("message"))
    context = mapping(message.get("context")) or mapping(inner.get("context"))
    return name(context.get("id")) or name(context.get("message_id"))


def edited(message: Mapping[str, Any]) -> str:
    """The id of the message that it is an edit of."""
    return name(mapping(message.get("edit")).get("original_message_id"))


def _type(message: Mapping[str, Any]) -> str:
    """Its type; where it states none, the one whose content is there."""
    told = string(message.get("type"))
    return told or next((each for each in (*_READERS, *sorted(_FILES)) if message.get(each) is not None), "")


def _by_type(kind: str, message: Mapping[str, Any]) -> Content:
    told = message.get(kind)
    if kind in _FILES:
        return _file(kind, mapping(told))
    if kind in _UNREADABLE:
        what = string(mapping(message.get("unsupported")).get("type"))
        words = joined(*dict.fromkeys(_every_word({each: message.get(each) for each in (kind, "text")})))
        return Content(words, kept(unsupported=what, errors=_codes(message)), remarks=("unsupported",))
    reader = _READERS.get(kind)
    found = reader(told) if reader else None
    return found or _unknown(kind, message)


def _file(kind: str, told: Mapping[str, Any]) -> Content:
    fields: dict[str, Any] = {"voice": True} if kind == "voice" or told.get("voice") is True else {}
    files = (media(kind, told, link="" if told.get("id") else string(told.get("url") or told.get("link"))),)
    lost = not files[0].id and not files[0].url
    return Content(string(told.get("caption")), fields, () if lost else files, ("file_gone",) if lost else ())


def _text(told: object) -> Content | None:
    words = told if isinstance(told, str) else string(mapping(told).get("body"))
    return Content(words) if words else None


def _location(told: object) -> Content | None:
    where = mapping(told)
    text, found = place(where, where.get("latitude"), where.get("longitude"))
    return Content(text, {"location": found}) if found else None


def _contacts(told: object) -> Content | None:
    lines, cards = [], []
    for each in mappings(told):
        named = mapping(each.get("name"))
        called = string(named.get("formatted_name")) or " ".join(
            filter(None, (string(named.get("first_name")), string(named.get("last_name"))))
        )
        reach = [string(one.get("phone")) or name(one.get("wa_id")) for one in mappings(each.get("phones"))]
        reach += [string(one.get("email")) for one in mappings(each.get("emails"))]
        reach = [one for one in reach if one]
        company = string(mapping(each.get("org")).get("company"))
        cards.append(kept(name=called, company=company, reach=reach, vcard=string(each.get("vcard"))))
        lines.append(", ".join(filter(None, (called, company, *reach))))
    return Content(joined(*lines), {"contacts": cards}) if any(cards) else None


def _button(told: object) -> Content | None:
    pressed = mapping(told)
    return _pressed(string(pressed.get("text")), string(pressed.get("payload")))


def _interactive(told: object) -> Content | None:
    chosen = mapping(told)
    for key in ("button_reply", "list_reply"):
        if reply := mapping(chosen.get(key)):
            words = joined(string(reply.get("title")), string(reply.get("description")))
            return _pressed(words, name(reply.get("id")))
    if form := mapping(chosen.get("nfm_reply")):
        return _form(form)
    return None


def _pressed(words: str, payload: str) -> Content | None:
    return Content(words or payload, kept(button=payload)) if words or payload else None


def _form(told: Mapping[str, Any]) -> Content:
    """A flow: `response_json` is JSON written as text. The token is ours, and no answer."""
    raw = told.get("response_json")
    try:
        answers = json.loads(raw) if isinstance(raw, str) else raw
    except (ValueError, RecursionError):
        return Content(joined(string(told.get("body")), string(raw)), remarks=("bad_form",))
    if not isinstance(answers, dict):
        return Content(joined(string(told.get("body")), _plain(answers)), remarks=("bad_form",))
    told_answers = {key: value for key, value in mapping(answers).items() if key != "flow_token"}
    files = [each for value in told_answers.values() for each in mappings(value) if _is_file(each)]
    lines = [f"{key}: {_plain(value)}" for key, value in told_answers.items()]
    return Content(
        joined(*lines) or string(told.get("body")),
        kept(form=told_answers, form_name=string(told.get("name"))),
        tuple(media("document", {**each, "filename": each.get("file_name")}) for each in files),
    )


def _is_file(value: Mapping[str, Any]) -> bool:
    """A picture or a document that was put into a form."""
    return bool(name(value.get("id")) and string(value.get("mime_type")))


def _plain(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    if isinstance(value, dict) and _is_file(value):
        return string(value.get("file_name")) or "…"
    return json.dumps(value, ensure_ascii=False)


def _order(told: object) -> Content | None:
    order = mapping(told)
    items = [
        kept(
            product=name(each.get("product_retailer_id")),
            quantity=number(each.get("quantity")),
            price=each.get("item_price"),
            currency=string(each.get("currency")),
        )
        for each in mappings(order.get("product_items"))
    ]
    lines = [
        " ".join(str(each[key]) for key in ("quantity", "product", "price", "currency") if key in each)
        for each in items
    ]
    found = kept(catalog=name(order.get("catalog_id")), items=items)
    return Content(joined(string(order.get("text")), *lines), {"order": found}) if found or order.get("text") else None


_READERS: Mapping[str, Callable[[object], Content | None]] = {
    "text": _text,
    "location": _location,
    "contacts": _contacts,
    "button": _button,
    "interactive": _interactive,
    "order": _order,
}


def _unknown(kind: str, message: Mapping[str, Any]) -> Content:
    """Every word and every file that is in it."""
    told = message.get(kind) if kind else None
    inside = mapping(told) if told is not None else {}
    files = [media(kind, inside)] if name(inside.get("id")) and inside.get("mime_type") else []
    words = told if isinstance(told, str) else joined(*dict.fromkeys(_every_word(told)))
    return Content(words, kept(type=kind, errors=_codes(message)), tuple(files), ("unknown_content",))


def _every_word(value: object, depth: int = 0) -> Iterator[str]:
    if depth > _DEEP:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in _WORDS and isinstance(inner, str):
                yield inner
            else:
                yield from _every_word(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _every_word(inner, depth + 1)


def _codes(message: Mapping[str, Any]) -> list[int]:
    return [code for each in mappings(message.get("errors")) if (code := number(each.get("code"))) is not None]


def _around(message: Mapping[str, Any]) -> dict[str, Any]:
    """What stands beside the content."""
    context = mapping(message.get("context"))
    forwarded = context.get("forwarded") is True or context.get("frequently_forwarded") is True
    product, referral = mapping(context.get("referred_product")), mapping(message.get("referral"))
    names = ("source_type", "source_id", "source_url", "headline", "body", "ctwa_clid")
    return kept(
        forwarded=forwarded or "",
        product=name(product.get("product_retailer_id")),
        referral={key: string(referral.get(key)) for key in names if string(referral.get(key))},
        group=name(message.get("group_id")),
    )


def files_of(message: Mapping[str, Any]) -> tuple[Media, ...]:
    """The files that must be fetched."""
    return content_of(message).media
