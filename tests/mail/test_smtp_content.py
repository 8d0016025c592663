"""connectors/smtp/content.py: where a mail ends, and what is refused while it is read."""

from __future__ import annotations

import itertools
import re
import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.smtp.content import Content

LIMITS = {"max_size": 400, "max_line": 60}


def read(data: bytes, cuts: list[int]) -> tuple[str | None, bytes, bytes | None]:
    """Fault, content, and what follows the mail (None when it never ended), reading in pieces cut at `cuts`."""
    content = Content(**LIMITS)
    places = sorted({0, *(cut % (len(data) + 1) for cut in cuts), len(data)})
    for start, end in itertools.pairwise(places):
        rest = content.feed(data[start:end])
        if rest is not None:
            return content.fault, content.whole(), rest + data[end:]
    return content.fault, content.whole(), None


def by_the_book(data: bytes, max_size: int, max_line: int) -> tuple[str | None, bytes, bytes | None]:
    """The same, slowly and in one piece."""
    end = re.search(rb"(?:\A|(?<=\r\n))\.\r\n", data)
    if end is None:
        return None, b"", None
    stuffed, rest = data[: end.start()], data[end.end() :]
    content = re.sub(rb"(\A|(?<=\r\n))\.", b"", stuffed)
    if re.search(rb"(\A|[\r\n])\.[\r\n]", stuffed) or re.search(rb"[\r\n]\.\r\n\Z", b"\n" + stuffed):
        return "bare_line_end", b"", rest
    if len(content) > max_size:
        return "too_large", b"", rest
    if any(len(line) > max_line for line in re.findall(rb"[^\n]*\n?", stuffed)):
        return "line_too_long", b"", rest
    return None, content, rest


SEVERAL = st.lists(st.sampled_from([b"\r", b"\n", b".", b"\r\n", b"a", b"word", b"\r\n.\r\n", b"x" * 59]), max_size=30)


@given(SEVERAL.map(b"".join), st.lists(st.integers(0, 300), max_size=12))
@example(b".\r\n", [])
@example(b"\r\n.\r\n", [2])
@example(b"a\n.\r\n.\r\n", [1, 2, 3, 4])
@example(b"a\r\n.\r\r\n.\r\n", [3, 5])
def test_the_cuts_make_no_difference(data: bytes, cuts: list[int]) -> None:
    """However the bytes are cut, end, content and rest are those of the slow way in one piece."""
    found, expected = read(data, cuts), by_the_book(data, **LIMITS)
    if expected[2] is None:
        assert found[2] is None
    elif expected[0] is None or found[0] is None:
        assert found == expected
    else:
        assert found[1:] == expected[1:]  # with two faults, which is found first depends on the cuts


@pytest.mark.parametrize(
    "probe",
    [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r.\r\n", b"\r\n.\r", b"\r.\n", b"\n.\r"],
    ids=repr,
)
def test_smuggling_is_refused(probe: bytes) -> None:
    """A dot line with a bare CR or LF beside it neither ends a mail nor is let in (SMTP smuggling)."""
    inner = b"MAIL FROM:<boss@welzo.example>\r\n"
    fault, content, rest = read(b"first" + probe + inner + b"\r\n.\r\nQUIT\r\n", [])
    assert (fault, content, rest) == ("bare_line_end", b"", b"QUIT\r\n")


def test_a_bare_line_end_elsewhere_is_kept() -> None:
    """A bare LF inside the text harms nobody and is kept as it came."""
    assert read(b"one\ntwo\r\n.\r\n", []) == (None, b"one\ntwo\r\n", b"")


@pytest.mark.parametrize("length", [57, 58, 59])
@pytest.mark.parametrize("cuts", [[], [30], [1, 59, 60, 61], [65, 66, 67, 68, 125, 126]])
def test_the_longest_line(length: int, cuts: list[int]) -> None:
    """A line of exactly the limit, its end included, is taken; a byte more is not."""
    data = b"short\r\n" + b"x" * length + b"\r\n" + b"y" * length + b"\r\n"
    fault, content, _ = read(data + b".\r\n", cuts)
    assert (fault, content) == ((None, data) if length <= 58 else ("line_too_long", b""))


def test_dots_are_taken_off() -> None:
    """The transport's dot at the beginning of a line is taken off, once (RFC 5321, 4.5.2)."""
    assert read(b"..first\r\n...\r\n.x\r\n.\r\n", []) == (None, b".first\r\n..\r\nx\r\n", b"")


def test_fifty_megabytes_are_taken_whole() -> None:
    """What was read before is not copied again for each block: fifty megabytes take no more room than themselves."""
    content = Content(max_size=60_000_000, max_line=65_536)
    block = (b"x" * 76 + b"\r\n") * 3400
    tracemalloc.start()
    for _ in range(190):
        content.feed(block)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert content.feed(b"\r\n.\r\n") == b""
    assert content.fault is None
    assert len(content.whole()) == 190 * len(block) + 2
    assert peak < 190 * len(block) + 10 * len(block)
