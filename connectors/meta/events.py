"""Which kind of thing an event is, by Meta's own words. Pure.

WhatsApp (`messages[].type`)      message, edit; and what is none: reaction, system, deleted (revoke), start
                                  (request_welcome), call_permission
Messenger, Instagram              message, edit, postback, feedback; and what is none: echo, deleted, delivery, read,
                                  reaction, start (the button Get Started), referral, optin, handover, typing …
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.meta.values import mapping, mappings, name, string

_WHATSAPP: Mapping[str, str] = {
    "reaction": "reaction",
    "system": "system",
    "revoke": "deleted",
    "request_welcome": "start",
    "edit": "edit",
}
"""What a WhatsApp message of this type is; every other one is a message."""
_LISTS: Mapping[str, str] = {
    "statuses": "status",
    "message_echoes": "echo",
    "state_sync": "smb_app_state_sync",
    "calls": "call",
    "user_preferences": "user_preferences",
    "errors": "errors",
}
_DIRECT: Mapping[str, str] = {
    "delivery": "delivery",
    "read": "read",
    "reaction": "reaction",
    "optin": "optin",
    "account_linking": "account_linking",
    "pass_thread_control": "handover",
    "take_thread_control": "handover",
    "request_thread_control": "handover",
    "release_thread_control": "handover",
    "app_roles": "handover",
    "policy_enforcement": "policy_enforcement",
    "policy-enforcement": "policy_enforcement",
    "typing": "typing",
    "sender_action": "typing",
    "game_play": "game_play",
    "payment": "payment",
    "order": "order_update",
    "response_feedback": "response_feedback",
    "in_thread_lead_form_submit": "lead_form",
    "messaging_customer_information": "customer_information",
    "referral": "referral",
}
_START = re.compile(r"get[\W_]*started", re.IGNORECASE)


def whatsapp_kind(key: str, event: Mapping[str, Any], about: str) -> str:
    """What an element of a change's array is. `key`: which array; `about`: the change's field."""
    if key != "messages":
        return _LISTS.get(key, key)
    if about == "history":  # a file of an old chat
        return "history"
    if about.endswith("message_echoes"):
        return "echo"
    kind = string(event.get("type"))
    if kind == "interactive" and mapping(event.get("interactive")).get("type") == "call_permission_reply":
        return "call_permission"
    return _WHATSAPP.get(kind, "message")


def direct_kind(event: Mapping[str, Any], account: str) -> str:
    """What a messaging event is; `unknown` when it has nothing that we know."""
    message = mapping(event.get("message"))
    sender = name(mapping(event.get("sender")).get("id"))
    if message:
        if message.get("is_deleted") is True:
            return "deleted"
        ours = account not in {"", "0"} and sender == account
        return "echo" if message.get("is_echo") is True or message.get("is_self") is True or ours else "message"
    if mapping(event.get("postback")):
        return _postback(mapping(event["postback"]))
    if mapping(event.get("message_edit")):
        return "edit"
    if mapping(event.get("messaging_feedback")):
        return "feedback" if any(free_words(event)) else "feedback_score"
    return next((kind for key, kind in _DIRECT.items() if event.get(key) is not None), "unknown")


def _postback(postback: Mapping[str, Any]) -> str:
    """The button Get Started opens a chat and says nothing."""
    if postback.get("is_self") is True:
        return "echo"
    said = string(postback.get("payload")) or string(postback.get("title"))
    return "start" if _START.search(said) else "postback"


def free_words(event: Mapping[str, Any]) -> Iterator[str]:
    """What a customer wrote into the survey that a page sent."""
    for screen in mappings(mapping(event.get("messaging_feedback")).get("feedback_screens")):
        for question in mapping(screen.get("questions")).values():
            follow = mapping(mapping(question).get("follow_up"))
            if string(follow.get("payload")).strip():
                yield string(follow["payload"]).strip()
