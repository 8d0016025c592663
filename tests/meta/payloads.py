"""What Meta posts, field by field as it is documented; ids and numbers are invented."""

from __future__ import annotations

from typing import Any

PHONE, PAGE, INSTAGRAM = "106540352242922", "206540352242922", "178400000000001"
THEIRS = "16505551234"
AT = 1795167000
"""2026-11-20 09:30:00 UTC."""
Json = dict[str, Any]


def text(wamid: str = "wamid.1", body: str = "It is broken.", sender: str = THEIRS, at: int = AT, **more: Any) -> Json:  # noqa: ANN401
    """A message of WhatsApp's."""
    return {"from": sender, "id": wamid, "timestamp": str(at), "type": "text", "text": {"body": body}} | more


def typed(kind: str, content: Any, wamid: str = "wamid.1", **more: Any) -> Json:  # noqa: ANN401
    """One of another type."""
    return {"from": THEIRS, "id": wamid, "timestamp": str(AT), "type": kind, kind: content} | more


def value(*messages: Json, phone: str = PHONE, name: str = "Anna Bērziņa", **more: Any) -> Json:  # noqa: ANN401
    """The value of a change, with the profiles of who wrote."""
    senders = list(dict.fromkeys(each.get("from", THEIRS) for each in messages))
    return {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": phone},
        **({"contacts": [{"profile": {"name": name}, "wa_id": each} for each in senders]} if senders else {}),
        **({"messages": list(messages)} if messages else {}),
    } | more


def whatsapp(*values: Json, field: str = "messages") -> Json:
    """A body with a change for each value."""
    changes = [{"value": each, "field": field} for each in values]
    return {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": changes}]}


def status(wamid: str, state: str, mark: str = "", code: int = 0) -> Json:
    """What became of a message of ours."""
    told = {"id": wamid, "status": state, "timestamp": str(AT + 1), "recipient_id": THEIRS}
    if code:
        told["errors"] = [{"code": code, "title": "No", "message": "No", "error_data": {"details": "No"}}]  # type: ignore[assignment]
    return told | ({"biz_opaque_callback_data": mark} if mark else {})


def direct(
    mid: str = "m_1",
    words: str | None = "It is broken.",
    sender: str = "4242",
    account: str = PAGE,
    **more: Any,  # noqa: ANN401
) -> Json:
    """A messaging event of Messenger's or Instagram's."""
    message = {"mid": mid} | ({"text": words} if words is not None else {}) | more
    return {"sender": {"id": sender}, "recipient": {"id": account}, "timestamp": AT * 1000 + 250, "message": message}


def event(account: str = PAGE, sender: str = "4242", **more: Any) -> Json:  # noqa: ANN401
    """Another one."""
    return {"sender": {"id": sender}, "recipient": {"id": account}, "timestamp": AT * 1000 + 250} | more


def messenger(*events: Json, page: str = PAGE, key: str = "messaging") -> Json:
    """A body of a page's."""
    return {"object": "page", "entry": [{"id": page, "time": AT * 1000 + 900, key: list(events)}]}


def instagram(*events: Json, account: str = INSTAGRAM) -> Json:
    """A body of an Instagram account's."""
    return {"object": "instagram", "entry": [{"id": account, "time": AT * 1000 + 900, "messaging": list(events)}]}


def changed(of: str, account: str, field: str, told: Json) -> Json:
    """A body with a change of a page's (`page`) or an Instagram account's (`instagram`)."""
    return {"object": of, "entry": [{"id": account, "time": AT, "changes": [{"field": field, "value": told}]}]}


def comment(verb: str = "add", words: str = "It came broken.", **more: Any) -> Json:  # noqa: ANN401
    """A comment on a post of the page."""
    return {
        "from": {"id": "4242", "name": "Anna Bērziņa"},
        "post": {"permalink_url": "https://www.facebook.com/permalink.php?id=1", "id": f"{PAGE}_44"},
        "message": words,
        "post_id": f"{PAGE}_44",
        "comment_id": "44_55",
        "parent_id": f"{PAGE}_44",
        "created_time": AT,
        "item": "comment",
        "verb": verb,
    } | more
