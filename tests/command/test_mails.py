"""Mails from disk: parse, explain, send, import."""

from __future__ import annotations

import json
import mailbox
import os
from pathlib import Path

from intake_daemon.command import archive
from tests.command.conftest import ANN, SAMPLES, Shop, intake

MAIL = """\
From: Eve Example <eve@eve.example>
To: complaints@ask4.example
Subject: Internet is down
Message-ID: <{number}@eve.example>
Date: Fri, 20 Nov 2026 10:00:00 +0000

The internet connection in room {number} has been down for four days.
"""


def test_parse_one_object_a_line(tmp_path: Path) -> None:
    """In the order of the files: a message, the mails of an mbox, and an error for what is not there."""
    box = tmp_path / "old.mbox"
    box.write_text(
        "".join(f"From eve@eve.example Fri Nov 20 10:00:0{n} 2026\n{MAIL.format(number=n)}\n" for n in (1, 2))
    )
    said = intake("parse", "--kind", "email", ANN, box, tmp_path / "nothing.eml")
    assert said.status == 0
    lines = said.lines
    assert [Path(line["file"]).name for line in lines] == [ANN.name, "old.mbox", "old.mbox", "nothing.eml"]
    assert "error" in lines[3]
    message = lines[0]["message"]
    assert message["schema"] == "intake.message/1"
    assert message["sender"]["addresses"] == [{"kind": "email", "value": "t.whitcombe@harbourmail.example"}]
    assert [lines[1]["message"]["text"].split()[5], lines[2]["message"]["text"].split()[5]] == ["1", "2"]
    for start, end in message["new_text"]:
        assert message["text"][start:end].strip()


def test_parse_leaves_to_accept_what_only_accept_knows() -> None:
    """Reference, connector and times of receipt are null; the id too, unless the brand is said."""
    message = intake("parse", ANN).lines[0]["message"]
    for field in ("id", "reference", "brand", "connector", "kind", "received_at", "contact_at", "forwarded_by"):
        assert field in message
        assert message[field] is None
    assert intake("parse", "--brand", "welzo", ANN).lines[0]["message"]["id"]


def test_parse_shows_files_and_forwards(shop: Shop) -> None:
    """Attachments by the hash of their bytes; what a forward holds, beside the message."""
    photo = intake("parse", SAMPLES / "mail" / "05-ru-kontakt-noutbuk.eml").lines[0]["message"]["attachments"]
    assert len(photo[0]["id"]) == 64
    assert photo[0]["size"] > 0
    said = shop.ask("parse", SAMPLES / "mail" / "09-welzo-colleague-forwards.eml").lines[0]["message"]
    assert said["forwarded"]["sender"]["addresses"][0]["value"] == "marjorie.fenwick@dalesmail.example"


FORWARD = """\
From: Ilze Kalniņa <ilze@shop.example>
To: complaints@shop.example
Subject: Fwd: Broken lamp
Message-ID: <f{number}@shop.example>
Date: Fri, 20 Nov 2026 12:00:00 +0000
{verdict}
---------- Forwarded message ---------
From: Eve Example <eve@eve.example>
Date: Thu, 19 Nov 2026 at 10:00
Subject: Broken lamp
To: <ilze@shop.example>

The lamp came broken.
"""


def test_parse_settles_a_colleagues_forward_as_accept_would(tmp_path: Path) -> None:
    """With --staff-domain the customer is the sender, unless the mail says that the employee's address is false, or a
    border was named and does not vouch for it."""
    said = "Authentication-Results: mx.shop.example; dmarc={} header.from=shop.example\n"
    for name, verdict in (("plain", ""), ("fail", said.format("fail")), ("pass", said.format("pass"))):
        (tmp_path / f"{name}.eml").write_text(FORWARD.format(number=name, verdict=verdict))
    mails = [tmp_path / f"{name}.eml" for name in ("plain", "fail", "pass")]

    def senders(*options: str) -> list[str]:
        lines = intake("parse", *options, *mails).lines
        return [line["message"]["sender"]["addresses"][0]["value"].partition("@")[0] for line in lines]

    assert senders() == ["ilze", "ilze", "ilze"]
    assert senders("--staff-domain", "other.example", "--staff-domain", "shop.example") == ["eve", "ilze", "eve"]
    assert senders("--staff-domain", "shop.example", "--authserv-id", "mx.shop.example") == ["ilze", "ilze", "eve"]
    message = intake("parse", "--staff-domain", "shop.example", mails[0]).lines[0]["message"]
    assert message["forwarded_by"]["addresses"][0]["value"] == "ilze@shop.example"
    assert message["contact_at"] == "2026-11-19T10:00:00Z"
    assert message["reply_to"]["address"]["value"] == "eve@eve.example"
    [[start, end]] = message["new_text"]
    assert message["text"][start:end].strip() == "The lamp came broken."


def test_parse_knows_our_own_groups_by_own_domain(tmp_path: Path) -> None:
    """A List-Id below our own domain is no foreign list."""
    mail = tmp_path / "group.eml"
    mail.write_text("List-Id: <help.shop.example>\n" + MAIL.format(number=1))
    kinds = [
        intake("parse", *options, mail).lines[0]["message"]["automatic"]["kind"]
        for options in ((), ("--own-domain", "shop.example"))
    ]
    assert kinds == ["list", "no"]


def test_parse_accounts_for_every_file_of_folders_and_maildirs(tmp_path: Path) -> None:
    """Mails by name or by their beginning, whatever else lies there said to be none; names may be any bytes."""
    maildir = mailbox.Maildir(tmp_path / "maildir")
    maildir.add(MAIL.format(number=1))
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "00001.7c53336b").write_text(MAIL.format(number=2))
    (folder / "notes.txt").write_text("not a mail")
    (folder / "empty.eml").write_bytes(b"")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.eml")).write_text(MAIL.format(number=3))
    (tmp_path / "nothing").mkdir()
    said = intake("parse", tmp_path / "maildir", folder, tmp_path / "nothing", tmp_path / "gone")
    assert said.status == 0
    kinds = [next(key for key in line if key != "file") for line in said.lines]
    assert kinds == ["message", "message", "message", "other", "message", "other", "error"]


def test_parse_of_a_kind_that_there_is_not() -> None:
    """Said clearly, exit 1."""
    said = intake("parse", "--kind", "pigeon", ANN)
    assert said.status == 1
    assert said.err.startswith("intake: There is no kind 'pigeon'. Write --kind email, --kind telegram")


def test_explain_stage_by_stage(shop: Shop, tmp_path: Path) -> None:
    """Findings, events and the letter in the customer's language; nothing comes in by it."""
    before = shop.ask("status", "--json").json["balance"]["in"]
    mail = SAMPLES / "mail" / "03-lv-welzo-nepareizs-produkts.eml"
    said = shop.ask("explain", mail)
    for words in ("language: lv", "topic: product", "team: welzo_products", "acknowledgement by mail, in lv"):
        assert words in said.out
    found = shop.ask("explain", mail, "--json").json
    assert found["notices"][0]["language"] == "lv"
    assert found["reference"] in found["notices"][0]["text"]
    assert shop.ask("status", "--json").json["balance"]["in"] == before
    strange = tmp_path / "strange.eml"
    strange.write_text(MAIL.format(number=1).replace("complaints@ask4.example", "else@where.example"))
    refused = shop.ask("explain", strange)
    assert refused.status == 1
    assert "--brand" in refused.err
    assert shop.ask("explain", strange, "--brand", "ask4").status == 0


def test_explain_where_nothing_has_run(quiet_shop: Shop) -> None:
    """Without a ledger: as if it were the first contact of all."""
    said = quiet_shop.ask("explain", ANN)
    assert said.status == 0
    assert "it would be: case, WLZ-" in said.out
    assert not (quiet_shop.place.var / "ledger.db").exists()


def test_send_says_what_the_door_said(shop: Shop, tmp_path: Path) -> None:
    """250 with our reference; 550 for an address that is not ours; the same mail again is the same contact."""
    mail = tmp_path / "new.eml"
    mail.write_text(MAIL.format(number=77))
    said = shop.ask("send", mail)
    assert said.status == 0
    assert "250" in said.out
    reference = said.out.split()[-1]
    assert shop.ask("send", mail).out.split()[-1] == reference
    refused = shop.ask("send", mail, "--to", "boss@ask4.example")
    assert refused.status == 1
    assert "550" in refused.err
    nobody = tmp_path / "nobody.eml"
    nobody.write_text(MAIL.format(number=78).replace("complaints@ask4.example", "else@where.example"))
    assert "--to ADDRESS" in shop.ask("send", nobody).err


def test_send_needs_a_daemon(quiet_shop: Shop) -> None:
    """Without one it says how to start it."""
    assert quiet_shop.ask("send", ANN).err == "intake: No daemon runs here. Start it: intake run\n"


def test_import_waits_for_a_person(shop: Shop, tmp_path: Path) -> None:
    """Each mail of a Maildir opens its case from the day it came; no acknowledgement leaves; again is a repeat."""
    folder = tmp_path / "Maildir"
    box = mailbox.Maildir(folder)
    for number in (501, 502):
        box.add(MAIL.format(number=number).replace("eve@eve.example", "nina@nina.example"))
    for file in (folder / "new").iterdir():
        os.utime(file, (1_790_000_000, 1_790_000_000))  # 21 September 2026
    count = shop.ask("status", "--json").json["balance"]["in"]
    said = shop.ask("import", folder)
    assert (said.status, said.out.split()[:3]) == (0, ["2", "held,", "0"])
    shop.settled(count + 2)
    opened = [each for each in shop.ask("cases", "--json").json if each["connector"] == "import"]
    assert len(opened) == 2
    assert {each["withheld"] for each in opened} == {"imported"}
    assert {each["received_at"][:10] for each in opened} == {"2026-09-21"}
    letters = [path.read_text(encoding="utf-8") for path in (shop.place.outbox / "new").iterdir()]
    assert not any("nina@nina.example" in letter.partition("\n\n")[0] for letter in letters)
    assert shop.ask("import", folder).status == 0
    assert shop.ask("status", "--json").json["balance"]["in"] == count + 2


def test_import_names_what_it_cannot_place(shop: Shop, tmp_path: Path) -> None:
    """A mail to nobody of ours is told, with what to say; the others are held."""
    (tmp_path / "a.eml").write_text(MAIL.format(number=601).replace("complaints@ask4.example", "else@where.example"))
    said = shop.ask("import", tmp_path)
    assert said.status == 1
    assert "a.eml" in said.err
    assert "--brand" in said.err
    assert shop.ask("import", tmp_path, "--brand", "ask4").status == 0


def test_archive_knows_when_each_came(tmp_path: Path) -> None:
    """An mbox says it in its From line, a mail in its topmost Received; a date that a customer wrote never counts."""
    received = (
        "Received: from a by b; Tue, 6 Oct 2026 08:00:00 +0200\nReceived: from c by a; Mon, 5 Oct 2026 08:00:00 +0000\n"
    )
    (tmp_path / "1.eml").write_text(received + MAIL.format(number=1))
    (tmp_path / "2.eml").write_text(MAIL.format(number=2))
    (tmp_path / "3.mbox").write_text(
        f"From eve@eve.example Wed Oct  7 09:00:00 2026\n{MAIL.format(number=3)}>From me\n"
    )
    found = list(archive.found(tmp_path))
    assert [each.came.isoformat() if each.came else None for each in found] == [
        "2026-10-06T08:00:00+02:00",
        None,
        "2026-10-07T09:00:00+00:00",
    ]
    assert found[2].content.endswith(b"\nFrom me\n")


def test_parse_prints_every_language_as_it_is() -> None:
    """UTF-8, not escapes: a person reads it too."""
    said = intake("parse", SAMPLES / "mail" / "05-ru-kontakt-noutbuk.eml")
    assert "ноутбук" in said.out
    assert json.loads(said.out)
