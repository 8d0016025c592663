"""Reading forms without any network: whatever the bytes, nothing is raised and no word is lost."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from starlette.requests import Request

import connectors.browser.multipart as multipart_of
import connectors.web_form.answers as answers_of
from connectors.browser.files import Upload, UploadLimits, shown_name, sort
from connectors.browser.multipart import Multipart
from connectors.browser.typed import email_address, language_tag, tidy
from connectors.web_form import parse
from connectors.web_form.answers import canonical, good_key, phone_number, read
from intake_daemon.contract import File, Raw

LIMITS = UploadLimits(file_bytes=1000, files=3, total_bytes=2000)

answers = st.dictionaries(st.from_regex(r"[a-z_]{1,12}", fullmatch=True), st.text(max_size=40).map(tidy), max_size=8)


def raw(content: bytes, *files: bytes, key: str = "k", **envelope: str) -> Raw:
    """A form's delivery."""
    attached = tuple(File(f"{n}.png", "image/png", each) for n, each in enumerate(files))
    return Raw(content, "welzo", "application/json", envelope={"key": key, **envelope}, files=attached)


@given(st.binary(max_size=300) | st.text().map(lambda text: json.dumps(text).encode()), st.text(max_size=20))
def test_any_bytes_become_one_message_with_a_remark(content: bytes, word: str) -> None:
    """`parse` raises nothing; what could not be read as a form is kept as text."""
    (draft,) = parse(raw(content, key=word, language=word, client_language=word))
    assert draft.channel == "web_form"
    assert draft.text or not content.strip() or draft.remarks
    json.dumps(dict(draft.fields)).encode()


@given(answers)
def test_no_word_of_an_answer_is_lost(given_answers: dict[str, str]) -> None:
    """The description is the text, everything else is a field, word for word."""
    (draft,) = parse(raw(canonical(given_answers, ())))
    assert draft.text == given_answers.get("description", "")
    assert draft.remarks == ()
    ours = {"description", "key", "lang", "email_seen", "name", "danger"}
    for name, value in given_answers.items():
        if value and name not in ours:
            assert draft.fields[name] == value
    if given_answers.get("name", "").split():
        assert draft.fields["customer.name"] == " ".join(given_answers["name"].split())


@given(answers, st.randoms(use_true_random=False))
def test_the_same_answers_are_the_same_contact_in_whatever_order(given_answers: dict[str, str], dice: object) -> None:
    """The identity does not hang on the order of fields, and on nothing but brand, key, answers and files."""
    turned = dict(reversed(given_answers.items()))
    one = parse(raw(canonical(given_answers, ()), b"a", language="en"))[0]
    same = parse(raw(canonical(turned, ()), b"a", language="lv"))[0]
    other_key = parse(raw(canonical(given_answers, ()), b"a", key="l"))[0]
    other_file = parse(raw(canonical(given_answers, ()), b"b"))[0]
    other_word = parse(raw(canonical({**given_answers, "description": "another one"}, ()), b"a"))[0]
    assert one.identity == same.identity
    assert len({one.identity, other_key.identity, other_file.identity, other_word.identity}) == 4 - (
        given_answers.get("description") == "another one"
    )


def test_an_identity_is_never_another_one_than_today() -> None:
    """Ids are kept for ever: this value may not change with the code."""
    content = canonical({"description": "It broke.", "email": "a@example.com"}, (("x.exe", "kind"),))
    expected = hashlib.sha256(
        b'{"answers":{"description":"It broke.","email":"a@example.com"},"refused":[{"name":"x.exe","why":"kind"}]}'
        + hashlib.sha256(b"png").digest()
    ).hexdigest()
    (draft,) = parse(raw(content, b"png", key="abc"))
    assert draft.identity == f"form:welzo:abc:{expected}"
    assert draft.remarks == ("file_refused_kind",)


@given(st.text(max_size=60))
def test_tidying_changes_only_what_nobody_sees(text: str) -> None:
    """Tidied text can be stored anywhere, and tidying it again changes nothing."""
    tidied = tidy(text)
    assert tidied == tidy(tidied)
    assert "\0" not in tidied
    assert "\r" not in tidied
    assert [c for c in text if c.isalnum()] == [c for c in tidied if c.isalnum()]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("Anna@Example.COM", "Anna@example.com"),
        (" anna@example.com ", "anna@example.com"),
        ("anna+x@sub.example.lv", "anna+x@sub.example.lv"),
        ("əli@example.az", "əli@example.az"),
        ("anna@example", None),
        ("anna@example.c", None),
        ("anna example.com", None),
        ("a@b.com, c@d.com", None),
        ("<a@b.com>", None),
        ("a@b.com\nBcc: c@d.com", None),
        ("", None),
    ],
)
def test_what_counts_as_a_mail_address(typed: str, read: str | None) -> None:
    """One address, to which mail can be sent."""
    assert email_address(typed) == read


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("+371 21 234 567", "+37121234567"),
        ("00371-21234567", "+37121234567"),
        ("(020) 7946 0000", "02079460000"),
        ("+٣٧١ ٢١٢٣", "+3712123"),
        ("*6060", None),
        ("none", None),
    ],
)
def test_what_counts_as_a_telephone_number(typed: str, read: str | None) -> None:
    """Digits and a plus; too few are none."""
    assert phone_number(typed) == read


@given(st.text(max_size=200))
def test_a_key_is_always_short_and_plain(offered: str) -> None:
    """Whatever a site sends as key."""
    key = good_key(offered, "2026-11-21")
    assert len(key) <= 64
    assert key.isascii()
    assert key.replace("-", "").replace("_", "").replace(".", "").isalnum() or key == offered


@given(st.text(max_size=300), st.binary(max_size=200))
def test_any_file_is_taken_or_refused_and_its_name_is_only_a_name(name: str, content: bytes) -> None:
    """No exception, no folder, no control character, not too long."""
    shown = shown_name(name)
    assert shown
    assert "/" not in shown
    assert "\\" not in shown
    assert shown.isprintable()
    assert len(shown) <= 140
    taken, refused = sort([Upload(name, len(content), content)], LIMITS)
    assert len(taken) + len(refused) == 1


@given(st.binary(max_size=400), st.integers(1, 50))
def test_any_bytes_may_come_as_multipart(body: bytes, step: int) -> None:
    """Broken grammar ends the reading; nothing else happens."""
    multipart = Multipart("multipart/form-data; boundary=B", LIMITS, 1000)
    whole = b'--B\r\nContent-Disposition: form-data; name="description"\r\n\r\nIt broke.\r\n--B\r\n' + body
    for start in range(0, len(whole), step):
        multipart.feed(whole[start : start + step])
    assert multipart.values[0] == ("description", "It broke.")


def test_a_form_that_breaks_its_grammar_is_taken_as_far_as_it_went() -> None:
    """And the message says so; a boundary that can be none is no form."""
    multipart = Multipart("multipart/form-data; boundary=B", LIMITS, 1000)
    multipart.feed(b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n--B\r\nX-Long: ' + b"x" * 9000)
    multipart.feed(b"\r\n\r\nmore")
    assert multipart.values == [("a", "x")]
    assert multipart.broken
    assert parse(raw(canonical({"description": "x"}, ()), broken_form="yes"))[0].remarks == ("broken_form",)
    with pytest.raises(HTTPException):
        Multipart(f"multipart/form-data; boundary={'B' * 5000}", LIMITS, 1000)


@pytest.mark.parametrize(
    "body",
    [
        b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"x" * 2000,
        b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' * 600,
    ],
    ids=["text", "parts"],
)
def test_a_form_that_would_cost_too_much_is_too_large(body: bytes) -> None:
    """413 for text and for parts without end."""
    multipart = Multipart("multipart/form-data; boundary=B", LIMITS, 1000)
    with pytest.raises(HTTPException) as refused:
        multipart.feed(body)
    assert refused.value.status_code == 413


def test_a_languages_name_is_short() -> None:
    """Whatever a page says: two megabytes of well-formed nothing are no language."""
    assert language_tag("sr-Latn-RS") == "sr-Latn-RS"
    assert language_tag("en" + "-aaaaaaaa" * 5) is None


def posted(media_type: str, body: bytes) -> Request:
    """A post with this body."""

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request({"type": "http", "method": "POST", "headers": [(b"content-type", media_type.encode())]}, receive)


@pytest.mark.parametrize(
    ("media_type", "body", "status"),
    [
        ("application/x-www-form-urlencoded", b"a=b&" * 501, 413),
        ("application/json", b'{"a":' + b"[" * 900 + b"]" * 900 + b"}", 400),
    ],
)
async def test_a_form_without_end_is_refused_kindly(media_type: str, body: bytes, status: int) -> None:
    """However it is written, it is the sender's fault and not ours."""
    with pytest.raises(HTTPException) as refused:
        await read(posted(media_type, body), LIMITS)
    assert refused.value.status_code == status


def test_a_long_name_is_not_written_out_for_each_of_its_inner_names() -> None:
    """Two megabytes of JSON stay two megabytes: what cannot be an answer's name is left out where it is met."""
    inner = {f"{n}": "x" for n in range(1000)}
    body = json.dumps({"n" * 1000: inner, "name": {"given": "Ann"}, "description": "It broke."}).encode()
    assert answers_of._json_pairs(body) == [("name_given", "Ann"), ("description", "It broke.")]


def test_a_broken_document_does_not_cost_the_complaint() -> None:
    """Packed in a way that is broken inside, or shorter than it says: the file is left out, and nothing is raised."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
    content = bytearray(packed.getvalue())
    content[46:50] = b"\xff\xff\xff\xff"
    for broken in (bytes(content), bytes(content[:38] + b"\x09\x04\x00\x00" + content[42:])):
        taken, refused = sort([Upload("a.odt", len(broken), broken)], UploadLimits(5000, 3, 5000))
        assert (taken, refused) == ((), (("a.odt", "kind"),))


def test_many_slow_uploads_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes in at one time is bounded for all together: a file behind that is told to be left out, the words are
    taken, and when the others are through there is room again."""
    monkeypatch.setattr(multipart_of, "AT_ONCE", multipart_of.Multipart.held + 1500)
    head = b'--B\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
    words = b'\r\n--B\r\nContent-Disposition: form-data; name="description"\r\n\r\nIt broke.\r\n--B--'

    def begun() -> Multipart:
        multipart = Multipart("multipart/form-data; boundary=B", LIMITS, 1000)
        multipart.feed(head + b"x" * 900)
        return multipart

    with begun() as first, begun() as second:
        second.feed(words)
        first.feed(words)
    with begun() as third:
        third.feed(words)
    assert [each.uploads[0].content is not None for each in (first, second, third)] == [True, False, True]
    assert {each.uploads[0].size for each in (first, second, third)} == {900}
    assert second.values == [("description", "It broke.")]
