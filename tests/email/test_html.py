"""HTML becomes what its reader saw, as text; broken HTML loses no words."""

from __future__ import annotations

import pytest

from connectors.email.html import to_text

PAGES: list[tuple[str, str, str]] = [
    ("paragraphs", "<p>One\n two</p><p>Three<br>four</p>", "One two\n\nThree\nfour"),
    ("gmail lines", "<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
    ("outlook lines", '<p class="MsoNormal">a</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>b</p>', "a\n\nb"),
    ("spaces", "a <b>bold</b>, <i> in</i>side &amp; &lt;x&gt;&nbsp;y", "a bold, inside & <x> y"),
    ("lists", "<ul><li>a<li>b</ul><ol><li>c</li><li>d</li></ol>", "- a\n- b\n\n1. c\n2. d"),
    (
        "table",
        "<table><tr><th>Item</th><th>Price</th></tr><tr><td>Shoes</td><td>5</td></tr></table>",
        "Item\tPrice\nShoes\t5",
    ),
    ("link", '<a href="https://x.example/y">see here</a>', "see here <https://x.example/y>"),
    ("link that shows itself", '<a href="https://x.example/">x.example</a>', "x.example"),
    ("mail link", '<a href="mailto:a@x.example?subject=y">Anna</a>', "Anna <a@x.example>"),
    ("quote", "a<blockquote>b<br>c<blockquote>d</blockquote></blockquote>e", "a\n\n> b\n> c\n>\n>> d\n\ne"),
    ("indented by gmail", '<blockquote style="margin:0 0 0 40px;border:none">a</blockquote>', "a"),
    ("signature mark", "<p>a</p><div>-- <br>Anna</div>", "a\n\n-- \nAnna"),
    ("hidden", 'a<div style="display:none">preheader <div>x</div></div><span hidden>y</span>b', "ab"),
    ("hidden for outlook", "a<span style='mso-hide:all'>x</span>b<p style=\"font-size:0px; x\">c</p>", "ab"),
    ("hidden by its opacity", "a<span style='opacity: 0'>x</span><b style='fill-opacity:0;opacity:0.9'>b</b>", "ab"),
    ("hidden and never closed", '<div style="display:none">all of the letter', "all of the letter"),
    ("script and style", "<style>p{}</style><title>t</title>a<script>if (a<b) {}</script>b", "ab"),
    ("script never closed", "a<script>words", "awords"),
    ("comments", "a<!-- x <b> -->b<![if !mso]>c<!--[if mso]>d<![endif]-->", "abc"),
    ("comment never closed", "a <!-- b", "a b"),
    ("not a tag", "1 < 2 and 3 <4, a<", "1 < 2 and 3 <4, a<"),
    ("sign in an attribute", '<a href="https://x.example/?a>b">y</a>', "y <https://x.example/?a>b>"),
    ("odd quotes", '<p class="x>a</p>b', "a\n\nb"),
    ("preformatted", "<pre>a\n  b</pre>c", "a\n  b\n\nc"),
    ("picture", '<img alt="broken sole" src="cid:x">here', "[broken sole] here"),
    ("entities without end", "&nbsp&lt;&#x41;&#0;&unknown;", " <A\ufffd&unknown;"),
]


@pytest.mark.parametrize(("page", "text"), [p[1:] for p in PAGES], ids=[p[0] for p in PAGES])
def test_a_page_is_read_as_its_reader_saw_it(page: str, text: str) -> None:
    """Structure kept, hidden things dropped, words never."""
    assert to_text(page) == text
