"""The web form over HTTP: what a browser, a script and a stranger's page hear, and what arrives behind it."""

from __future__ import annotations

import asyncio
import io
import zipfile
from typing import cast

import httpx2
import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from connectors.web_form import WebForm, WebFormSettings, parse
from intake_daemon import journal
from intake_daemon.contract import Draft, Held, Parse, Raw
from intake_daemon.errors import Permanent
from intake_daemon.message import Notice
from intake_daemon.web import Limits
from tests.web.conftest import SITE, Doorway, Forms, serving, shipped

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 64
PDF = b"%PDF-1.7\n" + b"x" * 64
EXE = b"MZ\x90\0" + b"\0" * 64
ANSWERS = {
    "remedy": 'a "new" <one> & more',
    "email": "anna@example.com",
    "phone": "+44 20",
    "danger": "yes",
    "topic": "billing",
}
JSON = {"accept": "application/json"}


def drafts(forms: Forms) -> list[Draft]:
    """What the connector made of everything that came."""
    return [draft for raw in forms.door.raws for draft in parse(raw)]


def filled(page: httpx2.Response) -> dict[str, str]:
    """What stands in a page's form, hidden fields too."""
    tree = LexborHTMLParser(page.text)
    found = {}
    for node in tree.css("form :is(input[type=hidden], input[type=text], input[type=email], input[type=tel])"):
        found[node.attributes["name"] or ""] = node.attributes.get("value") or ""
    for node in tree.css("form textarea"):
        found[node.attributes["name"] or ""] = node.text().removeprefix("\n")
    for node in tree.css("form :is(input[checked], option[selected])"):
        owner = node if node.tag == "input" else node.parent
        assert owner
        found[owner.attributes["name"] or ""] = node.attributes.get("value") or ""
    return found


def one(page: httpx2.Response, css: str) -> LexborNode:
    """The only part of a page that fits."""
    (node,) = LexborHTMLParser(page.text).css(css)
    return node


def names(page: httpx2.Response) -> set[str]:
    """The questions that a page asks."""
    nodes = LexborHTMLParser(page.text).css("form :is(input, textarea, select):not([type=hidden])")
    return {node.attributes["name"] or "" for node in nodes}


class TestThePage:
    """GET."""

    async def test_it_asks_what_the_policy_asks_and_no_more(self, forms: Forms) -> None:
        """ASK4 wants five optional details (A-10), Kontakt a name in three parts (K-08), Welzo neither."""
        always = {"description", "danger", "remedy", "topic", "email", "phone", "files"}
        assert names(await forms.client.get("/forms/welzo")) == always
        details = {"staff_named", "ticket_refs", "dates_times", "caller_numbers", "emails_sent"}
        assert names(await forms.client.get("/forms/ask4")) == always | details
        parts = {"name_given", "name_family", "name_patronymic", "staff_named"}
        assert names(await forms.client.get("/forms/kontakt")) == always | parts
        assert names(await forms.client.get("/forms/logoscon")) == always | {"name"}

    @pytest.mark.parametrize(
        ("query", "header", "spoken"),
        [
            ("", "", "az"),
            ("", "de;q=1, en-GB;q=0.9, ru;q=0.8", "en"),
            ("", "ru-RU,ru", "ru"),
            ("?lang=ru", "en", "ru"),
            ("?lang=xx", "fr", "az"),
        ],
    )
    async def test_it_speaks_the_chosen_language_then_the_browsers_then_the_brands(
        self, forms: Forms, query: str, header: str, spoken: str
    ) -> None:
        """In this order; what the brand does not offer is passed over."""
        page = await forms.client.get(f"/forms/kontakt{query}", headers={"accept-language": header})
        assert one(page, "html").attributes["lang"] == spoken

    async def test_every_brand_has_its_page_in_every_language_with_no_word_missing(self, forms: Forms) -> None:
        """No label is empty or a bare code, and nothing comes from elsewhere."""
        for brand in shipped().brands.values():
            for language in brand.languages:
                page = await forms.client.get(f"/forms/{brand.id}?lang={language}")
                tree = LexborHTMLParser(page.text)
                labels = [node.text(strip=True) for node in tree.css("label, legend, option[value]:not([value=''])")]
                assert len(labels) > 8
                assert all(label[:1].isupper() and "_" not in label for label in labels), labels
                assert brand.name in one(page, "h1").text()
                for node in tree.css("[src], link[href]"):
                    where = node.attributes.get("src") or node.attributes.get("href") or ""
                    assert where.startswith(("/forms/assets/", "data:"))

    async def test_its_style_is_ours_and_kept_for_ever(self, forms: Forms) -> None:
        """The address changes with the content."""
        page = await forms.client.get("/forms/welzo")
        style = await forms.client.get(one(page, "link[rel=stylesheet]").attributes["href"] or "")
        assert style.status_code == 200
        assert style.headers["content-type"] == "text/css; charset=utf-8"
        assert "immutable" in style.headers["cache-control"]
        assert (await forms.client.get("/forms/assets/0/__init__.py")).status_code == 404

    async def test_what_is_not_served_is_not_there(self) -> None:
        """404 for unknown brands and for those that this connector does not serve."""
        async with serving(brands=["welzo"]) as forms:
            assert (await forms.client.get("/forms/welzo")).status_code == 200
            assert (await forms.client.get("/forms/ask4")).status_code == 404
            assert (await forms.client.post("/forms/nobody", data={"description": "x"})).status_code == 404
            assert forms.door.held == {}


class TestHolding:
    """POST, when all is well."""

    async def test_a_posted_form_is_held_and_the_page_says_its_reference(self, forms: Forms) -> None:
        """Page, post, held, reference; and no cache keeps the answer."""
        page = await forms.client.get("/forms/welzo?lang=lv")
        answers = filled(page) | {
            "description": "Tests neatnāca.\r\nGaidu trīs nedēļas.",
            "email": "Anna@Example.LV",
            "phone": "00371 (2) 123-456",
            "danger": "no",
            "topic": "product",
            "remedy": "Naudu atpakaļ",
        }
        answer = await forms.client.post("/forms/welzo", data=answers)
        (held,) = forms.door.held.values()
        (draft,) = drafts(forms)
        assert answer.status_code == 200
        assert held.reference in answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert draft.channel == "web_form"
        assert draft.text == "Tests neatnāca.\nGaidu trīs nedēļas."
        assert draft.new_text == ((0, len(draft.text)),)
        assert draft.language.chosen == "lv"
        assert draft.reply_address
        assert draft.reply_address.value == "Anna@example.lv"
        assert [address.value for address in draft.sender.addresses] == ["Anna@example.lv", "+3712123456"]
        assert draft.sender.verified == "none"
        assert draft.fields["danger"] is False
        assert draft.fields["topic"] == "product"
        assert draft.fields["remedy"] == "Naudu atpakaļ"
        assert draft.external_id == answers["key"]

    async def test_the_page_repeats_nothing_that_was_typed(self, forms: Forms) -> None:
        """The answer tells reference and next steps; words stay where they belong."""
        answer = await forms.client.post("/forms/welzo", data={"description": "Quokka", "email": "quokka@example.com"})
        assert "uokka" not in answer.text

    async def test_a_complaint_without_a_contact_is_taken(self, forms: Forms) -> None:
        """Missing information never blocks (K-14, L-10); nobody can be answered, and no mail is promised."""
        with_mail = await forms.client.post("/forms/welzo", data={"description": "a", "email": "a@example.com"})
        without = await forms.client.post("/forms/welzo", data={"description": "b"})
        promise = shipped().pages["en"]["thanks_mail"]
        assert promise in with_mail.text
        assert promise not in without.text
        assert drafts(forms)[1].reply_address is None

    async def test_a_name_in_parts_is_one_name_and_its_parts(self, forms: Forms) -> None:
        """K-08."""
        parts = {"name_given": "Leyla", "name_family": "Məmmədova", "name_patronymic": "Rəşid qızı"}
        await forms.client.post("/forms/kontakt", data={"description": "x", **parts})
        (draft,) = drafts(forms)
        assert draft.sender.name == "Leyla Məmmədova Rəşid qızı"
        assert draft.fields["customer.name"] == draft.sender.name
        assert draft.fields["name_family"] == "Məmmədova"

    async def test_a_double_click_and_a_reload_are_one_contact(self, forms: Forms) -> None:
        """The same page sent several times, also at once, has one identity and one reference."""
        answers = filled(await forms.client.get("/forms/welzo")) | {"description": "x"}
        posts = [forms.client.post("/forms/welzo", data=answers) for _ in range(3)]
        pages = await asyncio.gather(*posts)
        (held,) = forms.door.held.values()
        assert all(held.reference in page.text for page in pages)

    async def test_another_page_or_another_word_is_another_contact(self, forms: Forms) -> None:
        """Two people may write the same; and who goes back and corrects says something new."""
        first = filled(await forms.client.get("/forms/welzo")) | {"description": "x"}
        second = filled(await forms.client.get("/forms/welzo")) | {"description": "x"}
        for answers in (first, second, first | {"description": "y"}):
            await forms.client.post("/forms/welzo", data=answers)
        await forms.client.post("/forms/welzo", data=first, files={"files": ("a.png", PNG)})
        assert len(forms.door.held) == 4

    async def test_without_a_key_the_same_words_of_one_day_are_one_contact(self, forms: Forms) -> None:
        """A plain form on a site has no key of ours."""
        for _ in range(2):
            await forms.client.post("/forms/welzo", data={"description": "x"}, headers={"origin": SITE})
        assert len(forms.door.held) == 1

    async def test_a_reload_that_lost_its_file_is_no_second_contact(self, forms: Forms) -> None:
        """Browsers that post again may send the file empty; the same reference is told."""
        answers = filled(await forms.client.get("/forms/welzo")) | {"description": "x"}
        first = await forms.client.post("/forms/welzo", data=answers, files={"files": ("a.png", PNG)})
        again = await forms.client.post("/forms/welzo", data=answers, files={"files": ("a.png", b"")})
        assert first.text == again.text
        assert len(forms.door.held) == 1

    async def test_who_posts_very_often_waits_but_is_taken(self, forms: Forms) -> None:
        """A flood is slowed and marked; nobody is refused."""
        for number in range(22):
            answer = await forms.client.post("/forms/welzo", data={"description": f"Nr. {number}"})
            assert answer.status_code == 200
        found = drafts(forms)
        assert len(forms.door.held) == 22
        assert found[0].remarks == ()
        assert found[-1].remarks == ("fast_sender",)


class TestFiles:
    """AT-A09 and OWASP's rules for uploads."""

    async def test_photo_and_pdf_are_taken_and_the_exe_is_named(self, forms: Forms) -> None:
        """The complaint is accepted without it, and the page says which file and why."""
        files = [("files", ("photo.png", PNG)), ("files", ("bill.pdf", PDF)), ("files", ("setup.exe", EXE))]
        answer = await forms.client.post("/forms/ask4", data={"description": "x"}, files=files)
        (draft,) = drafts(forms)
        assert answer.status_code == 200
        assert [(file.name, file.media_type) for file in draft.files] == [
            ("photo.png", "image/png"),
            ("bill.pdf", "application/pdf"),
        ]
        assert "setup.exe" in answer.text
        assert "photo.png" not in answer.text
        assert shipped().pages["en"]["error_file_refused"] in answer.text
        assert draft.remarks == ("file_refused_kind",)

    async def test_a_file_too_large_costs_only_itself(self) -> None:
        """Its bytes are thrown away as they come; words and other files are kept."""
        large = PNG + b"\0" * 3_000_000
        files = [("files", ("large.png", large)), ("files", ("small.png", PNG))]
        async with serving(max_file_bytes=1024 * 1024) as forms:
            answer = await forms.client.post("/forms/welzo", data={"description": "x"}, files=files)
            (draft,) = drafts(forms)
        assert [file.name for file in draft.files] == ["small.png"]
        assert "large.png" in answer.text
        assert draft.text == "x"

    async def test_more_files_or_bytes_than_allowed_are_left_out(self) -> None:
        """The first ones are taken."""
        files = [("files", (f"{n}.png", PNG + bytes([n]))) for n in range(4)]
        async with serving(max_files=3) as forms:
            answer = await forms.client.post("/forms/welzo", data={"description": "x"}, files=files, headers=JSON)
            assert answer.json()["refused"] == [{"name": "3.png", "why": "too_many"}]
        files = [("files", (f"{n}.png", PNG + b"\0" * 600_000)) for n in range(2)]
        async with serving(max_total_bytes=1024 * 1024) as forms:
            answer = await forms.client.post("/forms/welzo", data={"description": "x"}, files=files, headers=JSON)
            assert answer.json()["refused"] == [{"name": "1.png", "why": "too_large"}]

    @pytest.mark.parametrize(
        ("name", "content", "taken"),
        [
            ("photo.jpg", PNG, ("photo.jpg", "image/png")),
            ("IMG_0012", PNG, None),
            ("scan", PDF, None),
            ("note.txt", b"Labdien", ("note.txt", "text/plain")),
            ("table.csv", "\ufeffa;b".encode("utf-16"), ("table.csv", "text/csv")),
            ("voice.3gp", b"\0\0\0\x18ftyp3gp4\0\0\0\0" + b"\1" * 90, ("voice.3gp", "video/3gpp")),
            ("broken.jpg", b"\1\2\3\4" * 9, ("broken.jpg", "application/octet-stream")),
            ("photo.jpg", b"<html><script>alert(1)</script>", None),
            ("photo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
            ("photo.jpg", b" \n<?xml version='1.0'?><svg/>", None),
            ("bill.pdf", EXE, None),
            ("bill.pdf", b"PK\3\4" + b"\0" * 60, None),
            ("bill.pdf.exe", PDF, None),
            ("shell.php.png", PNG, None),
            ("shell.php%00.png", PNG, None),
            ("shop.com.png", PNG, ("shop.com.png", "image/png")),
            ("run.sh", b"#!/bin/sh\n", None),
            ("notes.txt", b"#!/bin/sh\n", None),
            ("all.zip", b"PK\5\6" + b"\0" * 18, None),
            ("../../etc/a.png", PNG, ("a.png", "image/png")),
            ("C:\\fakepath\\a.png", PNG, ("a.png", "image/png")),
            ("\u202egnp.a.png", PNG, ("gnp.a.png", "image/png")),
            ("%22quoted%22.png", PNG, ('"quoted".png', "image/png")),
        ],
    )
    async def test_what_is_taken_depends_on_name_and_content(
        self, forms: Forms, name: str, content: bytes, taken: tuple[str, str] | None
    ) -> None:
        """The extension must be on the list after decoding, the content harmless and of that kind."""
        if name in {"IMG_0012", "scan"}:  # no extension: the content decides
            taken = (name, "image/png" if content is PNG else "application/pdf")
        quoted = name.encode()
        head = b'--B\r\nContent-Disposition: form-data; name="%s"'
        body = (
            head % b"description"
            + b"\r\n\r\nx\r\n"
            + head % b"files"
            + b'; filename="'
            + quoted.replace(b"\\", b"\\\\")
        )
        body += b'"\r\nContent-Type: image/png\r\n\r\n' + content + b"\r\n--B--\r\n"
        headers = {"content-type": "multipart/form-data; boundary=B"}
        answer = await forms.client.post("/forms/welzo", content=body, headers=headers)
        (draft,) = drafts(forms)
        assert answer.status_code == 200
        assert [(file.name, file.media_type) for file in draft.files] == ([taken] if taken else [])
        assert bool(draft.remarks) is (taken is None)

    @pytest.mark.parametrize(
        ("inside", "taken"),
        [("word/document.xml", True), ("setup.exe", False), ("word/document.xml word/vbaProject.bin", False)],
    )
    async def test_an_office_document_is_looked_into(self, forms: Forms, inside: str, *, taken: bool) -> None:
        """Other archives under its name, and macros, are not taken."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name in inside.split():
                archive.writestr(name, "<x/>")
        files = {"files": ("letter.docx", packed.getvalue())}
        await forms.client.post("/forms/welzo", data={"description": "x"}, files=files)
        (draft,) = drafts(forms)
        assert bool(draft.files) is taken

    async def test_no_file_chosen_is_no_file(self, forms: Forms) -> None:
        """A browser sends an empty part then."""
        await forms.client.post("/forms/welzo", data={"description": "x"}, files={"files": ("", b"")})
        (draft,) = drafts(forms)
        assert draft.files == ()
        assert draft.remarks == ()


class TestKeepingWhatWasTyped:
    """Whatever goes wrong, the words come back."""

    async def test_a_form_without_a_description_comes_back_whole_with_the_field_named(self, forms: Forms) -> None:
        """AT-A08: 400, the error summary first, nothing lost."""
        typed = filled(await forms.client.get("/forms/welzo")) | ANSWERS
        answer = await forms.client.post("/forms/welzo", data=typed)
        assert answer.status_code == 400
        assert filled(answer) == typed | {"description": ""}
        assert one(answer, "[role=alert] a").attributes["href"] == "#description"
        assert one(answer, "#description").attributes["aria-invalid"] == "true"
        assert "description-error" in (one(answer, "#description").attributes["aria-describedby"] or "")
        assert forms.door.held == {}

    async def test_a_change_of_language_is_offered_only_while_nothing_is_typed(self, forms: Forms) -> None:
        """Its link would lose the words."""
        fresh = await forms.client.get("/forms/welzo")
        back = await forms.client.post("/forms/welzo", data=ANSWERS)
        assert "?lang=lv" in fresh.text
        assert "?lang=" not in back.text

    async def test_an_odd_address_is_wondered_at_once_and_then_taken(self, forms: Forms) -> None:
        """Nobody with a complaint is refused for an address; but nothing is sent to what is none."""
        odd = {"description": "x", "email": "anna at example"}
        first = await forms.client.post("/forms/welzo", data=odd)
        assert first.status_code == 400
        changed = await forms.client.post("/forms/welzo", data=filled(first) | {"email": "anna at"})
        assert changed.status_code == 400
        second = await forms.client.post("/forms/welzo", data=filled(first))
        assert second.status_code == 200
        (draft,) = drafts(forms)
        assert draft.reply_address is None
        assert draft.fields["email"] == "anna at example"

    async def test_when_nothing_can_hold_it_everything_typed_comes_back(self, forms: Forms) -> None:
        """503 with Retry-After; the same page sent again later is the one contact."""
        typed = filled(await forms.client.get("/forms/welzo")) | ANSWERS | {"description": "It broke."}
        forms.door.away = True
        answer = await forms.client.post("/forms/welzo", data=typed, files={"files": ("a.png", PNG)})
        words = shipped().pages["en"]
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert filled(answer) == typed
        assert words["error_held"] in answer.text
        assert words["files_again"] in answer.text
        forms.door.away = False
        assert (await forms.client.post("/forms/welzo", data=filled(answer))).status_code == 200
        assert len(forms.door.held) == 1

    async def test_also_when_we_fail_in_a_way_that_nobody_foresaw(
        self, forms: Forms, monkeypatch: pytest.MonkeyPatch, told: io.StringIO
    ) -> None:
        """The words go back to the person, the failure to the journal, without the words."""

        async def broken(_raw: Raw, _parse: Parse) -> list[Held]:
            raise ValueError("Quokka")

        monkeypatch.setattr(forms.door, "accept", broken)
        answer = await forms.client.post("/forms/welzo", data=ANSWERS | {"description": "Quokka"})
        assert answer.status_code == 503
        assert filled(answer)["description"] == "Quokka"
        assert '"failed"' in told.getvalue()
        assert "ValueError" in told.getvalue()
        assert "Quokka" not in told.getvalue()

    async def test_more_than_can_be_read_is_explained(self) -> None:
        """413 in the customer's language, also when the browser goes on sending."""
        async with serving(Limits(body_bytes=100_000)) as forms:
            files = {"files": ("a.png", PNG + b"\0" * 3_000_000)}
            answer = await forms.client.post("/forms/welzo?lang=lv", data={"description": "x"}, files=files)
            assert answer.status_code == 413
            assert shipped().pages["lv"]["error_too_large"] in answer.text
            assert forms.door.held == {}
            assert forms.door.refusals["too_large"] == 1

    async def test_what_breaks_off_in_the_middle_is_not_held(self, forms: Forms) -> None:
        """Half a form is no form; its sender will send it again."""
        host, port = forms.door.web.address("public")
        _, writer = await asyncio.open_connection(host, port)
        writer.write(
            b"POST /forms/welzo HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=B\r\n"
            b"Content-Length: 1000\r\n\r\n"
            b'--B\r\nContent-Disposition: form-data; name="description"\r\n\r\nIt broke.\r\n--B\r\n'
        )
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        await forms.client.post("/forms/welzo", data={"description": "later"})
        assert [draft.text for draft in drafts(forms)] == ["later"]

    async def test_what_a_customer_typed_is_never_markup(self, forms: Forms) -> None:
        """Everything is escaped, also in attributes, file names and the key."""
        evil = "\"'><script>alert(1)</script>"
        back = await forms.client.post("/forms/welzo", data={"remedy": evil, "email": evil, "key": evil, "topic": evil})
        assert "<script>alert" not in back.text
        assert filled(back)["remedy"] == evil
        files = {"files": ("<script>alert(1)<b>.exe", EXE)}
        thanks = await forms.client.post("/forms/welzo", data={"description": evil}, files=files)
        assert thanks.status_code == 200
        assert "<script>alert" not in thanks.text


class TestSites:
    """Posts from pages that are not ours."""

    async def test_a_listed_site_sends_json_and_hears_the_reference(self, forms: Forms) -> None:
        """With CORS for exactly that site, an idempotency key, and its own fields kept."""
        body = {
            "description": "Nie działa",
            "name": {"given": "Jan", "family": "Nowak"},
            "danger": True,
            "order": 4711,
            "lang": "pl",
            "none": None,
        }
        headers = {"origin": SITE, "idempotency-key": "order-4711"}
        first = await forms.client.post("/forms/ask4", json=body, headers=headers)
        again = await forms.client.post("/forms/ask4", json=body, headers=headers)
        (held,) = forms.door.held.values()
        draft = drafts(forms)[0]
        assert first.status_code == 201
        assert first.json() == again.json()
        assert first.json()["reference"] == held.reference
        assert first.json()["next"] == shipped().pages["pl"]["thanks_next"]
        assert first.headers["access-control-allow-origin"] == SITE
        assert draft.external_id == "order-4711"
        assert draft.sender.name == "Jan Nowak"
        assert draft.fields["danger"] is True
        assert draft.fields["order"] == "4711"
        assert draft.language.chosen == "pl"

    async def test_a_browser_asks_first_and_only_listed_sites_may(self, forms: Forms) -> None:
        """The preflight of CORS."""
        asked = {"access-control-request-method": "POST"}
        listed = await forms.client.options("/forms/welzo", headers={"origin": SITE, **asked})
        other = await forms.client.options("/forms/welzo", headers={"origin": "https://evil.example", **asked})
        assert listed.status_code == 204
        assert listed.headers["access-control-allow-origin"] == SITE
        assert "idempotency-key" in listed.headers["access-control-allow-headers"]
        assert "access-control-allow-origin" not in other.headers

    @pytest.mark.parametrize("origin", ["", "null", SITE])
    async def test_a_plain_form_of_a_listed_site_or_an_old_browser_is_taken(self, forms: Forms, origin: str) -> None:
        """A missing Origin costs nobody the complaint."""
        answer = await forms.client.post("/forms/welzo", data={"description": "x"}, headers={"origin": origin})
        assert answer.status_code == 200
        assert len(forms.door.held) == 1

    async def test_another_page_gets_our_form_filled_in_instead(self, forms: Forms) -> None:
        """403, and one click more sends it."""
        origin = {"origin": "https://evil.example"}
        answer = await forms.client.post("/forms/welzo", data={"description": "It broke."}, headers=origin)
        assert answer.status_code == 403
        assert forms.door.held == {}
        assert forms.door.refusals["foreign_origin"] == 1
        assert shipped().pages["en"]["error_origin"] in answer.text
        mine = await forms.client.post("/forms/welzo", data=filled(answer), headers={"origin": forms.url})
        assert mine.status_code == 200
        assert drafts(forms)[0].text == "It broke."

    async def test_errors_for_scripts_are_problems_with_the_field_names(self, forms: Forms) -> None:
        """RFC 9457; 400 with the field, 503 with Retry-After, 415 and 400 for what is no form."""
        missing = await forms.client.post("/forms/welzo", json={"email": "a@b"}, headers={"origin": SITE})
        assert missing.status_code == 400
        assert missing.headers["content-type"] == "application/problem+json"
        assert missing.json()["fields"] == ["description", "email"]
        forms.door.away = True
        later = await forms.client.post("/forms/welzo", json={"description": "x"}, headers={"origin": SITE})
        assert later.status_code == 503
        assert later.json()["status"] == 503
        assert "retry-after" in later.headers
        for content_type, status in (("application/json", 400), ("application/pdf", 415), ("multipart/form-data", 400)):
            broken = await forms.client.post("/forms/welzo", content=b"[", headers={"content-type": content_type})
            assert broken.status_code == status


async def test_a_form_cannot_be_answered_through_itself() -> None:
    """`reply` is a matter for mail."""
    connector = WebForm("forms", WebFormSettings(kind="web_form"), shipped())
    with pytest.raises(Permanent):
        await connector.reply(cast("Notice", None))


async def test_planted_words_never_appear_in_the_journal(
    forms: Forms, told: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At debug level, through success, refusal, outage and failure, no word of a customer is logged."""
    planted = {
        "description": "Wombat",
        "remedy": "Wombat",
        "email": "wombat@example.com",
        "phone": "5550123",
        "staff_named": "Wombat",
        "Wombat": "Wombat",
    }
    files = {"files": ("Wombat.exe", EXE)}
    journal.refused("door", "begun")

    async def post() -> httpx2.Response:
        headers = {"idempotency-key": "Wombat", "referer": "https://wombat.example"}
        return await forms.client.post("/forms/ask4?lang=Wombat", data=planted, files=files, headers=headers)

    async def broken(_raw: Raw, _parse: Parse) -> list[Held]:
        raise RuntimeError("Wombat 5550123")

    assert (await post()).status_code == 200
    forms.door.away = True
    assert (await post()).status_code == 503
    monkeypatch.setattr(Doorway, "accept", lambda _self, raw, parse: broken(raw, parse))
    assert (await post()).status_code == 503
    assert "begun" in told.getvalue()
    assert "RuntimeError" in told.getvalue()
    assert "ombat" not in told.getvalue()
    assert "5550123" not in told.getvalue()


async def test_what_is_parked_is_received_without_a_reference(forms: Forms) -> None:
    """A form that was kept for a person to read is thanked for, and nothing is promised that it does not have."""
    forms.door.unreadable = True
    answers = {"description": "Broken", **ANSWERS}
    page = await forms.client.post("/forms/welzo", data=answers)
    assert page.status_code == 200
    assert "We have received your complaint" in page.text
    assert LexborHTMLParser(page.text).css_first(".reference") is None
    assert "acknowledgement" not in page.text
    said = await forms.client.post("/forms/welzo", data=answers, headers=JSON)
    assert (said.status_code, said.json()["reference"]) == (201, None)
    assert len(forms.door.parked) == 2
