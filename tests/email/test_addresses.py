"""Who wrote, who is answered, and whether the address is proven."""

from __future__ import annotations

import pytest

from connectors.email.addresses import Mailbox, mailboxes
from tests.email.letters import READING, TOKEN, mail, read

FIELDS: list[tuple[str, list[tuple[str, str]]]] = [
    ("anna@mail.example", [("", "anna@mail.example")]),
    ("Anna Berg <Anna@Mail.EXAMPLE>", [("Anna Berg", "Anna@mail.example")]),
    ('"Berg, Anna" <anna@mail.example>', [("Berg, Anna", "anna@mail.example")]),
    ("Berg, Anna <anna@mail.example>", [("Berg, Anna", "anna@mail.example")]),
    ("anna@mail.example (Anna Berg)", [("Anna Berg", "anna@mail.example")]),
    ("a@x.example, B <b@x.example>,, <c@x.example>", [("", "a@x.example"), ("B", "b@x.example"), ("", "c@x.example")]),
    (
        "Team: a@x.example, B <b@x.example>; c@x.example",
        [("", "a@x.example"), ("B", "b@x.example"), ("", "c@x.example")],
    ),
    ("Anna Berg anna@mail.example", [("Anna Berg", "anna@mail.example")]),
    ("undisclosed-recipients:;", []),
    ("=?utf-8?q?=C4=80nna?= =?utf-8?q?_B?= <a@x.example>", [("Ānna B", "a@x.example")]),
    ('"=?utf-8?b?xIBubmE=?=" <a@x.example>', [("Ānna", "a@x.example")]),
    ("=?utf-8?q?Anna_=3Ca=40x=2Eexample=3E?=", [("Anna", "a@x.example")]),
    ("=?utf-8?q?victim=40bank=2Eexample?= <evil@x.example>", [("victim@bank.example", "evil@x.example")]),
    ('"victim@bank.example" <evil@x.example>', [("victim@bank.example", "evil@x.example")]),
    ('"A \\"the\\" B" <a@x.example>', [('A "the" B', "a@x.example")]),
    ("Anna <anna@bücher.example>", [("Anna", "anna@xn--bcher-kva.example")]),
    ("дора@почта.example", [("", "дора@xn--80a1acny.example")]),
    ("<@relay.example:anna@x.example>", [("", "anna@x.example")]),
    ("Anna <anna@mail.example", [("Anna", "anna@mail.example")]),
    ("nobody at all", []),
    ("", []),
]


@pytest.mark.parametrize(("value", "expected"), FIELDS, ids=[value or "empty" for value, _ in FIELDS])
def test_an_address_field_is_taken_apart(value: str, expected: list[tuple[str, str]]) -> None:
    """Names decoded after the split, domains in lower case and ASCII, groups opened, broken commas forgiven."""
    assert mailboxes(value) == [Mailbox(name, address) for name, address in expected]


ANSWERS: list[tuple[str, dict[str, str], str | None, str | None]] = [
    ("the return path", {}, "anna.b@mail.example", "anna.b@mail.example"),
    ("nobody for the null path", {"Reply-To": "anna@mail.example"}, "", None),
    ("From when nothing told the path", {}, None, "anna@mail.example"),
    ("the path of another domain, From being unproven", {}, "x@relay.example", "x@relay.example"),
    (
        "From when proven and the path is rewritten",
        {"proven": "1"},
        "SRS0=x=mail.example=anna@relay.example",
        "anna@mail.example",
    ),
    ("the path inside a rewritten one", {}, "SRS0=ab1=Q2=mail.example=anna.b@relay.example", "anna.b@mail.example"),
    ("the path behind its owner's tag", {}, "prvs=0123456789=anna.b@mail.example", "anna.b@mail.example"),
    ("the path when there is no From", {"From": ""}, "anna.b@mail.example", "anna.b@mail.example"),
    ("Reply-To of From's domain", {"Reply-To": "desk@mail.example"}, "anna@mail.example", "desk@mail.example"),
    ("not a Reply-To of another domain", {"Reply-To": "evil@other.example"}, "anna@mail.example", "anna@mail.example"),
    ("not a Reply-To beside a foreign path", {"Reply-To": "b@mail.example"}, "x@relay.example", "x@relay.example"),
    ("not of two Reply-Tos", {"Reply-To": "b@mail.example, c@mail.example"}, "anna@mail.example", "anna@mail.example"),
]
PROOF = {"Authentication-Results": "mx.shop.example; dkim=pass header.d=mail.example"}


@pytest.mark.parametrize(("fields", "path", "answer"), [a[1:] for a in ANSWERS], ids=[a[0] for a in ANSWERS])
@pytest.mark.parametrize("by", ["envelope", "header"])
def test_the_answer_goes_only_where_it_may(
    by: str, fields: dict[str, str], path: str | None, answer: str | None
) -> None:
    """MAIL-04: Return-Path; From where that is proven and the path is another's; never the null path."""
    said = {name: value for name, value in fields.items() if name != "proven"} | (PROOF if "proven" in fields else {})
    if path is None or by == "header":
        draft = read(mail("Hi", path=path, **said))
    else:
        draft = read(mail("Hi", path="lie@other.example", **said), mail_from=path)
    assert (draft.reply_address.value if draft.reply_address else None) == answer


PROOFS: list[tuple[str, str, bool]] = [
    ("dkim of the domain", "mx.shop.example; dkim=pass header.d=mail.example", True),
    ("dkim of a domain above", "mx.shop.example; dkim=pass header.d=mail.example; spf=fail", True),
    ("dkim by identity", "mx.shop.example 1; dkim=pass (2048-bit; x) header.i=@mail.example header.s=k", True),
    (
        "dmarc",
        "mx.shop.example; spf=pass smtp.mailfrom=x@y.example; dmarc=pass (p=none) header.from=mail.example",
        True,
    ),
    ("a login at our border", "mx.shop.example; auth=pass smtp.auth=anna@mail.example", True),
    ("another border", "mx.evil.example; dkim=pass header.d=mail.example", False),
    ("another signer", "mx.shop.example; dkim=pass header.d=evil.example", False),
    ("a domain that ends alike", "mx.shop.example; dkim=pass header.d=ail.example", False),
    ("a top domain", "mx.shop.example; dkim=pass header.d=example", False),
    ("a subdomain", "mx.shop.example; dkim=pass header.d=evil.mail.example", False),
    ("failed", "mx.shop.example; dkim=fail header.d=mail.example; dmarc=fail header.from=mail.example", False),
    ("only spf", "mx.shop.example; spf=pass smtp.mailfrom=anna@mail.example", False),
    ("a pass in a comment", "mx.shop.example; dkim=fail (dkim=pass header.d=mail.example)", False),
    ("none", "mx.shop.example; none", False),
]


@pytest.mark.parametrize(("results", "proven"), [p[1:] for p in PROOFS], ids=[p[0] for p in PROOFS])
def test_only_our_own_border_proves_an_address_and_only_its_own_domain(results: str, *, proven: bool) -> None:
    """RFC 8601: our authserv-id, an aligned pass."""
    draft = read(mail("Hi", Authentication_Results=results))
    assert draft.sender.verified == ("dkim" if proven else "none")


def test_of_two_results_the_topmost_counts() -> None:
    """What our border wrote stands above what a sender smuggled in."""
    forged = b"Authentication-Results: mx.shop.example; dkim=fail header.d=mail.example\n"
    content = forged + mail("Hi", **PROOF)
    assert read(content).sender.verified == "none"


def test_two_from_fields_prove_nobody() -> None:
    """The signature may cover the other one."""
    content = mail("Hi", **PROOF)
    assert read(content).sender.verified == "dkim"
    assert read(content.replace(b"To:", b"From: evil@other.example\nTo:")).sender.verified == "none"


def test_of_several_authors_the_one_that_sender_names_is_the_writer() -> None:
    """RFC 5322 section 3.6.2; without Sender it is the first."""
    fields = {"From": "a@x.example, B <b@x.example>"}
    assert read(mail("Hi", **fields)).sender.address("email") == "a@x.example"
    assert read(mail("Hi", **fields, Sender="b@x.example")).sender.address("email") == "b@x.example"


def test_recipients_are_everybody_named_each_once() -> None:
    """To, Cc and the envelope."""
    draft = read(mail("Hi", To="a@x.example", Cc="B <b@x.example>, a@x.example"), rcpt_to="c@x.example,b@x.example")
    assert [address.value for address in draft.recipients] == ["a@x.example", "b@x.example", "c@x.example"]


@pytest.mark.parametrize(
    ("fields", "envelope"),
    [
        ({"In-Reply-To": f"<{TOKEN}@shop.example>"}, {}),
        ({"References": f"<x@y.example>\n <3.{TOKEN}@shop.example> <z@y.example>"}, {}),
        ({"To": f"Shop <bounces+{TOKEN.upper()}@shop.example>"}, {}),
        ({"Delivered-To": f"bounces+{TOKEN}@shop.example"}, {}),
        ({}, {"rcpt_to": f"bounces+{TOKEN}@shop.example"}),
    ],
    ids=["in-reply-to", "references", "to", "delivered-to", "envelope"],
)
def test_our_token_is_found_wherever_an_answer_carries_it(fields: dict[str, str], envelope: dict[str, str]) -> None:
    """In lower case, ready for the router to verify."""
    assert read(mail("Hi", **fields), READING, **envelope).thread.tokens == (TOKEN,)


def test_references_are_kept_whole_and_in_order() -> None:
    """Broken folding and commas inside are forgiven; the parent stands in In-Reply-To."""
    draft = read(mail("Hi", References="<a@x>,<b@x>\n\t<c@x>", In_Reply_To="Your message of Monday <c@x>"))
    assert draft.thread.references == ("a@x", "b@x", "c@x")
    assert draft.thread.in_reply_to == ("c@x",)


def test_a_name_that_is_another_address_is_said_to_be() -> None:
    """So are several authors and several From fields; the address is always the one in angle brackets."""
    spoofed = read(mail("Hi", From='"ceo@shop.example" <x@evil.example>'))
    assert spoofed.sender.address("email") == "x@evil.example"
    assert spoofed.remarks == ("name_is_another_address",)
    assert read(mail("Hi", From='"anna@mail.example" <anna@mail.example>')).remarks == ()
    assert read(mail("Hi", From="a@x.example, b@y.example", Sender="b@y.example")).remarks == ("several_authors",)
    assert read(b"From: a@x.example\n" + mail("Hi")).remarks == ("several_from",)


def test_who_sends_a_mail_on_as_it_was_is_not_who_wrote_it() -> None:
    """Resent-From (a redirect by hand) is a remark; From stays the sender, and Resent-To is where it was delivered."""
    draft = read(mail("Hi", Resent_From="Ann <ann@shop.example>", Resent_To="desk@shop.example"))
    assert draft.sender.address("email") == "anna@mail.example"
    assert draft.remarks == ("resent",)
    assert read(mail("Hi", Resent_From="anna@mail.example")).remarks == ()


def test_a_name_cannot_turn_the_direction_of_reading() -> None:
    """Direction and control characters go."""
    name = read(mail("Hi", From="=?utf-8?q?=E2=80=AEanna=E2=80=AC=07?= <anna@mail.example>")).sender.name
    assert name == "anna"
