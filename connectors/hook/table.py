"""A mapping file as types: which expression gives which field of the common message (docs/hooks.md).

A `Column` is an expression; a list of them; or `{from, default, join}` or `{constant}`. Of a list the text and the
subject take all parts that give something, joined; every other field takes the first that does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from intake_daemon.settings import Loc, Strict

CHANNELS = ("email", "web_form", "chat", "social", "sms", "phone", "letter", "store", "staff", "livro", "other")
Channel = Literal["email", "web_form", "chat", "social", "sms", "phone", "letter", "store", "staff", "livro", "other"]


class Said(Strict):
    """A column with more to say than its expression."""

    from_: Annotated[str | tuple[str, ...], Field(alias="from")] = ()
    """The expression, or several of them."""
    constant: str | int | float | bool | None = None
    """The same for every post."""
    default: str = ""
    """Where nothing was found."""
    join: str = "\n\n"
    """What stands between the parts of a text."""

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if bool(self.from_) == (self.constant is not None):
            raise ValueError("write `from` (an expression) or `constant`.")
        return self

    @property
    def expressions(self) -> tuple[str, ...]:
        """All of `from`."""
        return (self.from_,) if isinstance(self.from_, str) else self.from_


Column = str | tuple[str, ...] | Said


def said(column: Column) -> Said:
    """Any way of writing it as the long one."""
    return column if isinstance(column, Said) else Said(**{"from": column})


class Answers(Strict):
    """Where the answers stand, when they are a list: `answers` and `by` are made of it."""

    each: str
    """The list; one of it is `answer` below."""
    name: str
    """The question as people read it."""
    key: str = ""
    """Its technical name."""
    kind: str = ""
    """Its type, as the service calls it."""
    value: str
    """What was answered."""


class Columns(Strict):
    """The common message, field by field."""

    id: Column = ()
    """The sender's own id of the item. The same id and words again are the same contact; other words join its case."""
    external_id: Column = ()
    """The number under which people find it at the sender; without it `id`."""
    edited: Column = ()
    """When or how often it was edited (anything that changes with an edit): then it is a revision of the first."""
    text: Column = "guess.text"
    """The complaint; parts are joined by an empty line."""
    subject: Column = ()
    """A title of the sender's."""
    sent_at: Column = ()
    """When it was written, in any usual form."""
    contact_at: Column = ()
    """When it reached the sending system, by a clock that the customer does not control; the deadlines run from it."""
    language: Column = ()
    """The customer's language, as a tag (`pt`, `en-GB`)."""
    name: Column = "guess.name"
    """Who complains."""
    email: Column = "guess.email"
    """Their mail address."""
    phone: Column = "guess.phone"
    """Their telephone."""
    postal: Column = ()
    """Their postal address, in one text."""
    brand: Column = ()
    """Id of the brand, where one address serves several."""
    channel: Column = ()
    """The channel in the policy's terms, where it is not always the same."""
    conversation: Column = ()
    """What several items of one conversation have in common."""
    danger: Column = ()
    """Yes when somebody is in danger."""
    files: Column = "guess.files"
    """Files: links, base64 texts, `data:` addresses, or objects with `url` or `content`, `name` and `type`."""
    fields: str | Mapping[str, Column] = "named"
    """The structured answers: all of a map, or name by name."""


class Example(Strict):
    """A post, and what must come of it; `intake check` tries it."""

    name: str = ""
    """What it shows."""
    post: Any = None
    """The body."""
    file: str = ""
    """Or the file with the body, from the mapping's folder."""
    gives: str | Mapping[str, Any] | tuple[Mapping[str, Any], ...]
    """The fields of its item, or of each item; `nothing` where it is no complaint."""


class Scheme(Strict):
    """A signature that is not in the list: an HMAC of the raw body in a header."""

    header: str
    """The header's name."""
    prefix: str = ""
    """What stands before the signature in it, such as `sha256=`."""
    digest: Literal["sha1", "sha256", "sha512"] = "sha256"
    """Which HMAC."""
    written: Literal["hex", "base64"] = "hex"
    """How it is written."""


Signed = Literal["standard", "typeform", "tally", "github", "bearer", "address"] | Scheme


class Table(Strict):
    """One mapping file."""

    about: str = ""
    """What sends these posts, and how to set it up there."""
    like: str = ""
    """Another mapping, shipped or of this folder, whose words hold where this one says nothing."""
    signed: Signed = "standard"
    """How the sender signs."""
    channel: Channel = "other"
    """The channel in the policy's terms."""
    file_hosts: tuple[str, ...] = ()
    """From which hosts its files may be fetched."""
    month_first: bool = False
    """Whether 11/12/2026 is a day of November."""
    recognise: str = ""
    """How its posts are told from others, for `intake parse` without a mapping."""
    when: str = ""
    """Which posts are complaints; others are answered with 200 and left."""
    each: str = ""
    """The list of items, where one post may hold several; one of them is `item`."""
    answers: Answers | None = None
    """Where the answers stand; without it they are found."""
    message: Columns = Columns()
    """The common message, field by field."""
    examples: tuple[Example, ...] = ()
    """Posts and what must come of them."""
    canary: Any = None
    """The post by which the daemon tries this door (docs/operations.md), with `{text}` where the complaint stands, and
    nothing else that somebody would have said; besides `{email}`, `{id}` and `{now}`. Without one it is not tried."""

    def columns(self) -> Iterator[tuple[Loc, str, Said]]:
        """Every column of the message: where it stands, its field, what it says."""
        for field in Columns.model_fields:
            value = getattr(self.message, field)
            if field == "fields" and isinstance(value, Mapping):
                yield from ((("message", field, name), f"fields.{name}", said(each)) for name, each in value.items())
            elif value != ():
                yield ("message", field), field, said(value)
