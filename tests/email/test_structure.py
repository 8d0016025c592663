"""Broken mails are read as far as they go, and the remarks say what was wrong."""

from __future__ import annotations

import base64

import pytest

from tests.email.letters import mail, read

MIXED = "multipart/mixed; boundary=b"

# name, the mail, its text, remarks, (name, type, content, inline) of its files
BROKEN: list[tuple[str, bytes, str, set[str], list[tuple[str, str, bytes, bool]]]] = [
    ("nothing", b"", "", set(), []),
    ("no header", b"Hello there\nmy shoes broke\n", "Hello there\nmy shoes broke", {"no_headers"}, []),
    ("no blank line", b"From: a@x.example\nSubject: x\nHello there\n", "Hello there", {"bad_headers"}, []),
    ("mbox line", b"From a@x Tue Feb  3 10:15:00 2026\n" + mail("Hello"), "Hello", set(), []),
    ("header line lost its fold", b"Subject: a\nlong one\nFrom: a@x.example\n\nHello", "Hello", set(), []),
    ("only carriage returns", mail("Hello").replace(b"\n", b"\r"), "Hello", {"bad_line_ends"}, []),
    (
        "wrong boundary",
        mail("--c\nContent-Type: text/plain\n\nHi\n--c--\n", Content_Type=MIXED),
        "Hi",
        {"bad_boundary"},
        [],
    ),
    ("no boundary at all", mail("Hi there", Content_Type="multipart/mixed"), "Hi there", {"bad_boundary"}, []),
    ("no final boundary", mail("--b\n\nHi", Content_Type=MIXED), "Hi", {"no_final_boundary"}, []),
    ("no content type value", mail("Hi", Content_Type="plain text"), "Hi", {"bad_content_type"}, []),
    ("html without a type", mail("<html><p>Hi</html>", Content_Type=""), "Hi", set(), []),
    ("unknown transfer encoding", mail("Hi", Content_Transfer_Encoding="x-own"), "Hi", {"bad_encoding"}, []),
    ("bad base64", mail("SGVs*bG8", Content_Transfer_Encoding="base64"), "Hello", {"bad_base64"}, []),
    ("base64 cut short", mail("SGVsbG8sI", Content_Transfer_Encoding="base64"), "Hello,", {"bad_base64"}, []),
    ("two base64 runs", mail("SGk=\nSGk=", Content_Transfer_Encoding="base64"), "HiHi", {"bad_base64"}, []),
    (
        "base64 cut short inside its padding",
        mail("SGk=A=B", Content_Transfer_Encoding="base64"),
        "Hi",
        {"bad_base64"},
        [],
    ),
    ("bad quoted-printable", mail("a=ZZ=41=", Content_Transfer_Encoding="quoted-printable"), "a=ZZA", set(), []),
    ("uuencoded", mail("begin 644 x\n#2&D*\n`\nend\n", Content_Transfer_Encoding="x-uuencode"), "Hi", set(), []),
    ("two subjects", b"Subject: one\nSubject: two\n\nHi", "Hi", set(), []),
    (
        "apple: text, picture, text",
        mail(
            "--b\nContent-Type: text/plain\n\nBefore\n--b\nContent-Type: image/png; name=a.png\n"
            "Content-Disposition: inline\n\nPNG\n--b\nContent-Type: text/plain\n\nAfter\n--b--\n",
            Content_Type=MIXED,
        ),
        "Before\n\nAfter",
        set(),
        [("a.png", "image/png", b"PNG", True)],
    ),
    (
        "a text file beside the letter",
        mail(
            "--b\nContent-Type: text/plain\n\nHi\n--b\nContent-Type: text/plain; name=log.txt\n\nLOG\n--b--\n",
            Content_Type=MIXED,
        ),
        "Hi",
        set(),
        [("log.txt", "text/plain", b"LOG", False)],
    ),
    (
        "names: RFC 2231 in pieces, a path, a right-to-left trick",
        mail(
            "--b\n\nHi\n--b\nContent-Type: application/pdf\n"
            "Content-Disposition: attachment;\n filename*0*=utf-8''r%C4%93%C4%B7;\n filename*1=ins.pdf\n\nP\n"
            '--b\nContent-Type: text/html; name="..\\\\..\\\\a.html"\nContent-Disposition: attachment\n\nQ\n'
            '--b\nContent-Type: image/png; name="\u202egnp.exe"\n\nR\n--b\nContent-Type: image/gif\n\nS\n--b--\n',
            Content_Type=MIXED,
        ),
        "Hi",
        set(),
        [
            ("rēķins.pdf", "application/pdf", b"P", False),
            ("a.html", "text/html", b"Q", False),
            ("gnp.exe", "image/png", b"R", False),
            ("part-4.gif", "image/gif", b"S", False),
        ],
    ),
    (
        "alternative: plain preferred, a related picture is in line",
        mail(
            "--b\nContent-Type: text/plain\n\nplain\n--b\nContent-Type: multipart/related; boundary=r\n\n"
            "--r\nContent-Type: text/html\n\nrich\n--r\nContent-Type: image/png\nContent-ID: i\n\nPNG\n--r--\n--b--",
            Content_Type="multipart/alternative; boundary=b",
        ),
        "plain",
        set(),
        [("part-1.png", "image/png", b"PNG", True)],
    ),
    (
        "alternative: the plain part is a stub",
        mail(
            "--b\nContent-Type: text/plain\n\nUse an HTML reader.\n--b\nContent-Type: text/html\n\n<p>"
            + "My shoes broke after a week. " * 20
            + "</p>\n--b--\n",
            Content_Type="multipart/alternative; boundary=b",
        ),
        ("My shoes broke after a week. " * 20).strip(),
        set(),
        [],
    ),
    (
        "a whole mail that is a file",
        mail(
            base64.b64encode(b"PDF").decode(),
            Content_Type="application/pdf; name=x.pdf",
            Content_Transfer_Encoding="base64",
        ),
        "",
        set(),
        [("x.pdf", "application/pdf", b"PDF", False)],
    ),
    (
        "encrypted",
        mail(
            "--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--b\nContent-Type: x/y\n\nX\n--b--",
            Content_Type="multipart/encrypted; boundary=b",
        ),
        "",
        {"encrypted"},
        [
            ("part-1", "application/pgp-encrypted", b"Version: 1", False),
            ("part-2", "x/y", b"X", False),
        ],
    ),
    (
        "winmail",
        mail("X", Content_Type="application/ms-tnef; name=winmail.dat"),
        "",
        {"tnef"},
        [("winmail.dat", "application/ms-tnef", b"X", False)],
    ),
    ("nul and surrogates", mail("a\0b", Subject="x\0y"), "a\ufffdb", set(), []),
    (
        "flowed",
        mail("one \ntwo\n>three \n>four\n", Content_Type="text/plain; format=flowed"),
        "one two\n> three four",
        set(),
        [],
    ),
]


@pytest.mark.parametrize(("content", "text", "remarks", "files"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN])
def test_a_strange_mail_is_read_as_far_as_it_goes(
    content: bytes, text: str, remarks: set[str], files: list[tuple[str, str, bytes, bool]]
) -> None:
    """Words, files and remarks."""
    draft = read(content)
    assert draft.text == text
    assert set(draft.remarks) == remarks
    assert [(file.name, file.media_type, file.content, file.inline) for file in draft.files] == files


def test_of_two_subjects_the_first_counts_and_a_lost_fold_is_joined() -> None:
    """What a mail client shows is the first."""
    assert read(b"Subject: one\nSubject: two\n\nHi").subject == "one"
    assert read(b"Subject: a\nlong one\nFrom: a@x.example\n\nHello").subject == "a long one"


SUBJECTS: list[tuple[bytes, str]] = [
    (b"=?utf-8?b?U8WrZHrEq2Jh?=", "Sūdzība"),
    (b"=?utf-8?q?S=C5?= =?utf-8?q?=ABdz?=", "Sūdz"),
    (b"=?utf-8?Q?a?= b =?utf-8?Q?c?=", "a b c"),
    (b"=?iso-8859-13?Q?S=FBdz=EEba?=", "Sūdzība"),
    (b"=?x-nobody?Q?abc?=", "abc"),
    (b"=?utf-8?B?U8WrZHrEq2J?=", "Sūdzīb"),
    ("Sūdzība".encode(), "Sūdzība"),
    ("Reklamacja butów, proszę".encode("cp1250"), "Reklamacja butów, proszę"),
    ("Жалоба на магазин".encode("koi8-r"), "Жалоба на магазин"),
    (b"a\n\tb", "a b"),
]


@pytest.mark.parametrize(("value", "expected"), SUBJECTS, ids=[expected for _, expected in SUBJECTS])
def test_a_subject_is_read_however_it_is_encoded(value: bytes, expected: str) -> None:
    """Encoded words, also split inside a letter; raw UTF-8; raw old charsets."""
    assert read(b"Subject: " + value + b"\nFrom: a@x.example\n\nHi").subject == expected


DATES: list[tuple[str, str | None]] = [
    ("Tue, 3 Feb 2026 12:00:00 +0200", "2026-02-03T10:00:00+00:00"),
    ("3 Feb 2026 12:00 GMT", "2026-02-03T12:00:00+00:00"),
    ("Tue, 3 Feb 2026 12:00:00", "2026-02-03T12:00:00+00:00"),
    ("Tue, 31 Feb 2026 12:00:00 +0200", None),
    ("yesterday", None),
    ("Fri, 31 Dec 9999 23:59:59 -1400", None),
    ("", None),
]


@pytest.mark.parametrize(("value", "expected"), DATES)
def test_the_senders_date_is_utc_or_nothing(value: str, expected: str | None) -> None:
    """It starts no clock; what is no date is none."""
    found = read(mail("Hi", Date=value)).sent_at
    assert (found.isoformat() if found else None) == expected


def test_the_clients_language_is_a_hint() -> None:
    """BCP 47 from Content-Language, else Accept-Language; anything else is none."""
    assert read(mail("Hi", Content_Language="lv-LV", Accept_Language="en-GB")).language.client == "lv-LV"
    assert read(mail("Hi", Accept_Language="pt-PT, en;q=0.5")).language.client == "pt-PT"
    assert read(mail("Hi", Content_Language="<script>")).language.client is None
