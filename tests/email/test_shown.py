"""The page that is kept beside the words can be shown to anybody: it acts on nothing and fetches nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.email.shown import HTML_LIMIT
from tests.email.letters import TIMES, mail, read


def page(content: str) -> str:
    """What is kept of a page."""
    return read(mail(content, Content_Type="text/html; charset=utf-8")).html


KEPT = {
    "words and form": ("<p>Rēķins <b>12</b></p><ul><li>a</li></ul>", "<p>Rēķins <b>12</b></p><ul><li>a</li></ul>"),
    "tables": (
        "<table><tr><td colspan=2>a</td></tr></table>",
        '<table><tbody><tr><td colspan="2">a</td></tr></tbody></table>',
    ),
    "a link": (
        '<a href="https://x.example/?a=1" onclick="x()" target=_blank>y</a>',
        '<a href="https://x.example/?a=1" rel="noopener noreferrer nofollow">y</a>',
    ),
    "a picture of the mail": ('<img src="cid:p@x" alt="sole">', '<img src="cid:p@x" alt="sole">'),
    "what was hidden": ('<p style="display:none;color:red">a</p>', '<p style="display:none">a</p>'),
    "not a word of code": ("<script>alert(1)</script><style>p{}</style><title>t</title>a", "a"),
    "a picture from elsewhere": ('a<img src="https://t.example/pixel.gif">', "a<img>"),
    "a link that acts": ('<a href="javascript:alert(1)">a</a>', '<a rel="noopener noreferrer nofollow">a</a>'),
    "a data address": ('<a href="data:text/html,x">a</a>', '<a rel="noopener noreferrer nofollow">a</a>'),
    "forms and frames": ('<form action="/x">a<input value=b></form><iframe src="//x"></iframe>', "a"),
    "styles that fetch": (
        '<p style="background:url(//x);text-align:center">a</p>',
        '<p style="text-align:center">a</p>',
    ),
    "svg": ("<svg onload=alert(1)><p>a</p></svg>", "<p>a</p>"),
}


@pytest.mark.parametrize(("before", "after"), KEPT.values(), ids=KEPT)
def test_a_page_keeps_words_and_form_and_nothing_that_acts(before: str, after: str) -> None:
    """One rule a row."""
    assert page(before) == after


SIGNS = """< > " ' = / <!-- --> <![CDATA[ ]]> &lt; &#x3c; java&#9;script: <script <img <a <math> <mtext> <svg> <style>
</style> <noscript> <template> <p src= href= onerror= javascript:alert(1) https://x.example style= url( srcset= data:"""
TRICKS = st.sampled_from([*SIGNS.split(), " ", "\t"])


@settings(max_examples=150 * TIMES)
@given(st.lists(TRICKS, max_size=30).map("".join))
def test_no_trick_gets_through(content: str) -> None:
    """Whatever is put together: no handler, no script, no address that is fetched."""
    kept = page(content)
    tags = re.findall(r"<[a-z][^>]*>", kept)
    assert not [
        tag for tag in tags if re.search(r"\son\w+\s*=|javascript:|srcset|<script|<svg|<math", tag, re.IGNORECASE)
    ]
    assert not [tag for tag in tags if tag.startswith("<img") and re.search(r'src="(?!cid:)', tag)]


def test_a_page_that_cannot_be_cleaned_quickly_is_left_out_and_said_so() -> None:
    """Too long, too deep: its words are in the text; a long letter with plain paragraphs is neither."""
    for content in ("<p>x</p>" * (HTML_LIMIT // 8 + 1), "<div>" * 600 + "x", "<b>" * 600 + "x"):
        draft = read(mail(content, Content_Type="text/html"))
        assert draft.html == ""
        assert draft.remarks == ("limit_html",)
        assert "x" in draft.text
    assert read(mail("<p>x" * 2000, Content_Type="text/html")).remarks == ()


def test_the_page_beside_plain_words_is_kept_and_an_attached_one_is_not() -> None:
    """The letter's own only."""
    both = mail(
        "--b\nContent-Type: text/plain\n\nHi\n--b\nContent-Type: text/html\n\n<p>Hi</p>\n--b--\n",
        Content_Type="multipart/alternative; boundary=b",
    )
    assert (read(both).text, read(both).html) == ("Hi", "<p>Hi</p>")
    attached = mail(
        "--b\nContent-Type: text/plain\n\nHi\n--b\nContent-Type: text/html; name=a.html\n\n<p>x</p>\n--b--\n",
        Content_Type="multipart/mixed; boundary=b",
    )
    assert read(attached).html == ""
    assert read(mail("Hi")).html == ""
    empty = read(mail("", Content_Type="text/html"))
    assert (empty.html, empty.remarks) == ("", ())
    assert read(mail("<!DOCTYPE html><p>Hi")).html == "<p>Hi</p>"
