"""What mail clients hide inside parts is read: winmail.dat, signed letters, files within the text."""

from __future__ import annotations

import base64
import binascii
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.email import rtf
from connectors.email.kinds import media_type
from connectors.email.tnef import unwrapped
from intake_daemon.contract import Draft
from tests.email.letters import TIMES, mail, read
from tests.email.winmail import BINARY, NUMBER, STRING, UNICODE, file, message, winmail

JPEG = b"\xff\xd8\xff\xe0 photo"
COMPRESSED = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
)
"""The example of MS-OXRTFCP 3.1.1.1."""


def with_winmail(content: bytes, words: str = "") -> bytes:
    """A mail with a winmail.dat beside its words."""
    encoded = base64.encodebytes(content).decode()
    return mail(
        (f"--b\nContent-Type: text/plain\n\n{words}\n" if words else "")
        + "--b\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n"
        + f"{encoded}\n--b--\n",
        Content_Type="multipart/mixed; boundary=b",
    )


def files(draft: Draft) -> list[tuple[str, str, bytes]]:
    """Name, type and content."""
    return [(each.name, each.media_type, each.content) for each in draft.files]


def test_files_of_a_winmail_stand_in_its_place() -> None:
    """New and old ways of naming them; a picture keeps the name under which it is shown; the wrapper is no file."""
    inside = (file("Rēķins.pdf", b"%PDF-1.7"), file("акт.jpg", JPEG, old_style=True, content_id=""))
    picture = file("image001.jpg", JPEG, content_id="image001@x")
    draft = read(with_winmail(winmail(*inside, picture), "My words"))
    assert draft.text == "My words"
    assert files(draft) == [
        ("Rēķins.pdf", "application/pdf", b"%PDF-1.7"),
        ("акт.jpg", "image/jpeg", JPEG),
        ("image001.jpg", "image/jpeg", JPEG),
    ]
    assert [each.content_id for each in draft.files] == [None, None, "image001@x"]
    assert draft.remarks == ()


PAGE = "<p>Мои слова</p>".encode("cp1251")
LETTERS = {
    "plain": ([(0x1000, UNICODE, "Mani vārdi\0".encode("utf-16-le"))], "Mani vārdi"),
    "plain in a codepage": ([(0x1000, STRING, "Мои слова\0".encode("cp1251"))], "Мои слова"),
    "html": ([(0x3FDE, NUMBER, b"\xe3\x04\0\0"), (0x1013, BINARY, PAGE)], "Мои слова"),
    "rtf": ([(0x1009, BINARY, COMPRESSED)], "hello world"),
    "html in rtf": (
        [
            (
                0x1009,
                BINARY,
                b"\0" * 8 + b"MELA" + b"\0" * 4 + rb"{\rtf1\ansi\ansicpg1252\fromhtml1{\*\htmltag64 <p>}"
                rb"\htmlrtf \par \htmlrtf0 caf\'e9 \u8364?5{\*\htmltag72 </p>}}",
            )
        ],
        "café €5",
    ),
}


@pytest.mark.parametrize(("letter", "words"), LETTERS.values(), ids=LETTERS)
def test_the_letter_in_a_winmail_is_read_where_nothing_else_says_it(
    letter: list[tuple[int, int, bytes]], words: str
) -> None:
    """Once, and never beside the same words in a part of their own."""
    assert read(with_winmail(winmail(letter=letter))).text == words
    assert read(with_winmail(winmail(letter=letter), "As plain text")).text == "As plain text"
    assert read(with_winmail(winmail(letter=letter))).files == ()


def test_a_mail_inside_a_winmail_is_a_file_with_its_files_beside_it() -> None:
    """Its letter is named by its subject."""
    inner = winmail(
        file("b.jpg", JPEG),
        letter=[(0x0037, UNICODE, "Old\0".encode("utf-16-le")), (0x1000, STRING, b"Once\0")],
    )
    draft = read(with_winmail(winmail(message("Forwarded", inner)), "See below"))
    assert files(draft) == [("Old.txt", "text/plain", b"Once"), ("b.jpg", "image/jpeg", JPEG)]


def test_a_winmail_that_was_cut_short_gives_what_came_before() -> None:
    """The rest of it stays a file, and a remark says so."""
    whole = winmail(file("a.jpg", JPEG), file("b.pdf", b"%PDF-" + b"x" * 1000))
    draft = read(with_winmail(whole[:-900], "Hi"))
    assert [each.name for each in draft.files] == ["a.jpg", "winmail-2", "winmail.dat"]
    assert draft.files[1].content.startswith(b"%PDF-xxx")
    assert draft.remarks == ("tnef_damaged",)


@settings(max_examples=100 * TIMES)
@given(st.binary(max_size=300), st.integers(0, 400), st.binary(max_size=8))
def test_no_winmail_and_no_rtf_breaks_the_reader(noise: bytes, place: int, patch: bytes) -> None:
    """Noise, and good ones with bytes changed anywhere."""
    whole = winmail(file("a.jpg", JPEG), message("m", winmail(file("b", b"x"))), letter=LETTERS["rtf"][0])
    for content in (whole[:6] + noise, whole[:place] + patch + whole[place + len(patch) :], noise):
        unwrapped(content)
        rtf.words(rtf.unpacked(content))
        rtf.words(rtf.unpacked(COMPRESSED[:16] + content))
        rtf.words(b"{\\rtf1\\ansi " + content)


def signed(folder: Path, *how: str) -> bytes:
    """A letter with a file, signed by openssl into one opaque part."""
    key, certificate, letter = folder / "key.pem", folder / "cert.pem", folder / "letter"
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-subj", "/CN=Anna")
    letter.write_bytes(
        b"Content-Type: multipart/mixed; boundary=i\n\n--i\nContent-Type: text/plain; charset=utf-8\n\n"
        + "Mana sūdzība\n".encode()
        + b"--i\nContent-Type: image/png; name=a.png\n\n\x89PNG\r\n\x1a\n\n--i--\n"
    )
    how = how or ("-sign", "-nodetach", "-signer", str(certificate), "-inkey", str(key))
    return openssl(
        "cms", "-binary", "-in", letter, "-outform", "SMIME", *(str(certificate) if h == "@" else h for h in how)
    )


def openssl(*arguments: object) -> bytes:
    """What openssl prints."""
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True).stdout


def test_a_letter_inside_its_signature_is_read_and_the_signature_kept(tmp_path: Path) -> None:
    """S/MIME, opaque; definite and indefinite lengths."""
    for how in (
        (),
        ("-sign", "-nodetach", "-stream", "-signer", str(tmp_path / "cert.pem"), "-inkey", str(tmp_path / "key.pem")),
    ):
        draft = read(b"From: anna@mail.example\n" + signed(tmp_path, *how))
        assert draft.text == "Mana sūdzība"
        assert [each.name for each in draft.files] == ["a.png", "smime.p7m"]
        assert draft.files[1].media_type == "application/pkcs7-mime"
        assert draft.remarks == ()


def test_an_encrypted_letter_is_kept_and_said_to_be(tmp_path: Path) -> None:
    """S/MIME by content, whatever smime-type says; PGP in the text."""
    sealed = signed(tmp_path, "-encrypt", "-aes256", "@")
    for content in (sealed, sealed.replace(b"smime-type=enveloped-data;", b"")):
        draft = read(b"From: anna@mail.example\n" + content)
        assert draft.text == ""
        assert [each.name for each in draft.files] == ["smime.p7m"]
        assert draft.remarks == ("encrypted",)
    armoured = read(mail("-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n"))
    assert armoured.remarks == ("encrypted",)


def uuencoded(content: bytes, name: str) -> str:
    """As an old client writes a file."""
    lines = [binascii.b2a_uu(content[n : n + 45]).decode() for n in range(0, len(content), 45)]
    return f"begin 644 {name}\n{''.join(lines)}`\nend\n"


def test_files_written_into_the_text_are_taken_out_and_their_places_marked() -> None:
    """Words before, between and after stay; words about beginnings are words."""
    photo = JPEG * 20
    body = (
        f"See here:\n{uuencoded(photo, 'a b.jpg')}and\n{uuencoded(b'x', 'c.bin')}bye\nbegin 644 years ago\nNo more.\n"
    )
    draft = read(mail(body))
    assert draft.text == "See here:\n[a b.jpg]\nand\n[c.bin]\nbye\nbegin 644 years ago\nNo more."
    assert files(draft) == [("a b.jpg", "image/jpeg", photo), ("c.bin", "application/octet-stream", b"x")]
    assert draft.remarks == ()
    cut = read(mail("Hi\n" + uuencoded(photo, "a.jpg")[:200]))
    assert cut.remarks == ("bad_uuencode",)
    assert cut.files[0].content[:100] == photo[:100]


def test_unpacking_does_not_change_which_mail_it_is() -> None:
    """The identity is of the bytes as they came."""
    one, other = winmail(file("a.jpg", JPEG)), winmail(file("a.jpg", JPEG), codepage=1252)
    assert read(with_winmail(one)).identity != read(with_winmail(other)).identity
    assert read(with_winmail(one)).files == read(with_winmail(other)).files


def test_a_mail_that_is_only_an_invitation_says_what_it_invites_to() -> None:
    """Summary, time, place and description; the file is kept."""
    calendar = (
        "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:Inspection\\, kitchen\n"
        'DTSTART;TZID=Europe/Riga:20260203T100000\nORGANIZER;CN="A: B":mailto:a@shop.example\n'
        "DESCRIPTION:The tap leaks\n  since Monday.\\nPlease come.\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    draft = read(mail(calendar, Content_Type="text/calendar; method=REQUEST; charset=utf-8"))
    assert draft.text == (
        "Inspection, kitchen\n2026-02-03 10:00\na@shop.example\n\nThe tap leaks since Monday.\nPlease come."
    )
    beside = mail(
        f"--b\nContent-Type: text/plain\n\nCome!\n--b\nContent-Type: text/calendar\n\n{calendar}\n--b--\n",
        Content_Type="multipart/alternative; boundary=b",
    )
    assert read(beside).text == "Come!"
    assert [each.media_type for each in read(beside).files] == ["text/calendar"]


def test_a_picture_stands_in_the_words_where_it_was_shown() -> None:
    """HTML names it by its Content-ID."""
    content = mail(
        '--r\nContent-Type: text/html\n\n<p>Look:<img src="cid:p1@x"> broken <img alt=sole src="cid:p1@x"></p>\n'
        "--r\nContent-Type: image/png; name=shoe.png\nContent-ID: <p1@x>\n\n\x89PNG\r\n--r--\n",
        Content_Type="multipart/related; boundary=r",
    )
    draft = read(content)
    assert draft.text == "Look: [shoe.png] broken [sole: shoe.png]"
    assert [(each.content_id, each.inline) for each in draft.files] == [("p1@x", True)]


DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
KINDS: list[tuple[str, str, bytes, str]] = [
    ("image/png", "a.png", JPEG, "image/jpeg"),
    ("application/octet-stream", "a", b"%PDF-1.4", "application/pdf"),
    ("application/pdf", "a.pdf", b"MZ" + b"\0" * 100, "application/vnd.microsoft.portable-executable"),
    ("text/plain", "a.txt", b"  <!DOCTYPE html><script>", "text/html"),
    ("image/png", "a.png", b"<svg onload=x>", "image/svg+xml"),
    ("application/octet-stream", "a.docx", b"PK\x03\x04" + b"\0" * 26 + b"[Content_Types].xml word/document.xml", DOCX),
    (DOCX, "a.bin", b"PK\x03\x04" + b"\0" * 26, DOCX),
    ("application/msword", "a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword"),
    ("application/octet-stream", "m.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/vnd.ms-outlook"),
    ("image/jpeg", "a.jpg", b"broken on its way", "image/jpeg"),
    ("application/octet-stream", "a.csv", b"a;b", "text/csv"),
    ("audio/mp4", "a.m4a", b"\0\0\0\x18ftypmp42", "audio/mp4"),
    ("", "", b"", "application/octet-stream"),
]


@pytest.mark.parametrize(("claimed", "name", "content", "expected"), KINDS, ids=[f"{k[0]} {k[1]}" for k in KINDS])
def test_a_file_is_what_its_content_shows(claimed: str, name: str, content: bytes, expected: str) -> None:
    """The claim chooses only among what the content may be."""
    assert media_type(claimed, name, content) == expected
