"""The watched folder: what is taken when, what waits, what is told to who put it there, and what comes later."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from connectors.paper.entry import SidecarFault, entry_of
from connectors.paper.folder import Folder, Paper, Terms
from connectors.paper.reading import UNDESCRIBED, parse
from connectors.paper.scans import ends, kind_of
from intake_daemon.contract import Raw
from tests.paper.conftest import PDF, serving
from tests.promises import until

JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF" + b"\0" * 40 + b"\xff\xd9"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20 + b"\0\0\0\0IEND\xaeB`\x82"
TIFF = struct.pack("<2sHIHHHIII", b"II", 42, 8, 1, 256, 3, 1, 1, 0)
SIDECAR = "brand: kontakt\narrived: 18.11.2026\nsender: {name: Leyla, phone: +994501234567}\ntext: Soyuducu işləmir.\n"


def look(folder: Path, *, patience: float = 3600, settle: float = 0) -> list[Paper]:
    """Two looks, since what is new is never complete at the first."""
    watched = Folder(folder, Terms(settle, patience, 1000, 5))
    assert watched.ready() == []
    return watched.ready()


@pytest.mark.parametrize(
    ("content", "kind"),
    [(PDF, "application/pdf"), (JPEG, "image/jpeg"), (PNG, "image/png"), (TIFF, "image/tiff"), (b"PK\3\4", None)],
)
def test_a_scan_by_its_content(content: bytes, kind: str | None) -> None:
    """What it is, its first bytes say; that all of it is here, its last ones (of a TIFF its directories)."""
    assert kind_of(content) == kind
    if kind:
        assert ends(content, kind)
        assert not [cut for cut in range(9, len(content) - 2, 3) if ends(content[:cut], kind)]


def test_a_described_scan_is_taken_when_it_is_complete(tmp_path: Path) -> None:
    """Not half, not while it is written, not without its sidecar; then with what that says."""
    scan, sidecar = tmp_path / "001.pdf", tmp_path / "001.yaml"
    scan.write_bytes(PDF[:20])
    sidecar.write_text(SIDECAR, encoding="utf-8")
    assert look(tmp_path) == []
    scan.write_bytes(PDF)
    assert look(tmp_path, settle=60) == []
    (paper,) = look(tmp_path)
    assert [(file.name, file.media_type, file.content) for file in paper.files] == [("001.pdf", "application/pdf", PDF)]
    assert (paper.entry.brand, paper.described) == ("kontakt", True)
    sidecar.unlink()
    assert look(tmp_path) == []


@pytest.mark.parametrize("name", [".001.pdf", "001.pdf.part", "001.tmp", "001.filepart"])
def test_what_is_still_written(tmp_path: Path, name: str) -> None:
    """Names by which programs say so."""
    (tmp_path / name).write_bytes(PDF)
    assert look(tmp_path, patience=0) == []


def test_several_files_of_one_paper(tmp_path: Path) -> None:
    """A sidecar names them, in their order; none is taken alone, and none from elsewhere."""
    (tmp_path / "b.tif").write_bytes(TIFF)
    (tmp_path / "a.jpg").write_bytes(JPEG)
    (tmp_path / "paper.json").write_text('{"files": ["b.tif", "a.jpg"], "text": "x"}', encoding="utf-8")
    (paper,) = look(tmp_path, patience=0)
    assert [file.name for file in paper.files] == ["b.tif", "a.jpg"]
    (tmp_path / "paper.json").write_text('{"files": ["../a.jpg"], "text": "x"}', encoding="utf-8")
    look(tmp_path)
    assert "in this folder only" in (tmp_path / "paper.problem.txt").read_text(encoding="utf-8")


def test_a_brand_by_its_folder(tmp_path: Path) -> None:
    """A folder that is called like a brand is that brand's."""
    (tmp_path / "kontakt").mkdir()
    (tmp_path / "kontakt" / "1.pdf").write_bytes(PDF)
    (paper,) = look(tmp_path, patience=0)
    assert (paper.brand, paper.described) == ("kontakt", False)


@pytest.mark.parametrize(
    ("sidecar", "told"),
    [
        ("arived: 2026-11-18", "Line 1: 'arived' is not known here. Did you mean 'arrived'?"),
        ("text: x\narrived: soon", "Line 2: 'arrived': this is no day. Write it like 2026-11-18."),
        ("channel: post", "Line 1: 'channel' should be 'letter' or 'store'."),
        ("sender: {mail: a@b.example}", "'mail' is not known here. Did you mean 'email'?"),
        ("sender:\n  email: ann(at)b.example", "Line 2: 'email': this is no mail address. Leave it out"),
        ("language: polski język", "'language': write the language as two letters, such as pl."),
        ("text: [", "is neither YAML nor JSON"),
        ("arrived: 0001-01-01", "Line 1: 'arrived': no paper arrived in that year."),
        ("arrived: 9999-12-31T23:59:00-05:00", "Line 1: 'arrived': no paper arrived in that year."),
        ("- a list", "A sidecar holds keys with values"),
    ],
)
def test_a_faulty_sidecar_is_told_kindly(tmp_path: Path, sidecar: str, told: str) -> None:
    """A note beside it says what is wrong and where; mended, the paper is taken and the note is gone. Not mended in
    time, the scan is taken all the same, with the sidecar's words as they stand."""
    (tmp_path / "1.pdf").write_bytes(PDF)
    (tmp_path / "1.yaml").write_text(sidecar, encoding="utf-8")
    assert look(tmp_path) == []
    assert told in (tmp_path / "1.problem.txt").read_text(encoding="utf-8")
    (paper,) = look(tmp_path, patience=0)
    assert (paper.remarks, paper.described) == (("sidecar_wrong",), False)
    (tmp_path / "1.yaml").write_text("text: Now it is right.", encoding="utf-8")
    watched = Folder(tmp_path, Terms(0, 3600, 1000, 5))
    watched.ready()
    (paper,) = watched.ready()
    watched.held(paper, "2026-11")
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["1.pdf", "1.yaml"]


def test_what_is_no_scan(tmp_path: Path) -> None:
    """It stays where it is, with a note; what is too large, too."""
    (tmp_path / "note.docx").write_bytes(b"PK\3\4")
    (tmp_path / "big.pdf").write_bytes(PDF + b"\0" * 2000)
    assert look(tmp_path, patience=0) == []
    assert "no scan" in (tmp_path / "note.problem.txt").read_text(encoding="utf-8")
    assert "larger than" in (tmp_path / "big.problem.txt").read_text(encoding="utf-8")


def test_links_are_not_followed(tmp_path: Path) -> None:
    """Neither to a scan, nor to a sidecar, nor where a note would be written."""
    watched, elsewhere = tmp_path / "in", tmp_path / "elsewhere"
    watched.mkdir()
    elsewhere.mkdir()
    (elsewhere / "secret.pdf").write_bytes(PDF)
    (elsewhere / "precious").write_text("precious")
    (watched / "1.pdf").symlink_to(elsewhere / "secret.pdf")
    (watched / "1.problem.txt").symlink_to(elsewhere / "precious")
    (watched / "2.yaml").write_text("files: [3.pdf]")
    (watched / "3.pdf").symlink_to(elsewhere / "secret.pdf")
    assert look(watched, patience=0) == []
    assert "is a link" in (watched / "1.problem.txt").read_text(encoding="utf-8")
    assert "is a link" in (watched / "2.problem.txt").read_text(encoding="utf-8")
    assert (elsewhere / "precious").read_text() == "precious"


def test_any_sidecar_can_be_read() -> None:
    """Values are text before they are anything: zeros and plus signs stay, and nothing is fetched from anywhere."""
    entry = entry_of(
        b"sender: {phone: 0012 345 678}\nfields: {Order: 007, Paid: no}\ntext: ${HOME} ${file:/etc/passwd}\n"
    )
    assert entry.sender.phone == "0012 345 678"
    assert entry.fields == {"Order": "007", "Paid": "no"}
    assert entry.text == "${HOME} ${file:/etc/passwd}"
    with pytest.raises(SidecarFault):
        entry_of(b"\xff\xfe\0")


def test_how_the_customer_is_answered() -> None:
    """By mail before telephone; as they want; by post where they want that, or where there is nothing else."""
    sender = "sender: {email: ann@X.example, phone: '+44 20 7946 0123', address: [1 High Street, London]}\n"
    for said, kind in (("", "email"), ("answer_by: phone", "phone"), ("answer_by: letter", None)):
        (draft,) = parse(Raw(f"{sender}{said}".encode(), "welzo", "application/yaml"))
        assert (draft.reply_address.kind if draft.reply_address else None) == kind
        assert draft.sender.address("postal") == "1 High Street\nLondon"
    (draft,) = parse(Raw(b"answer_by: letter\nsender: {email: ann@x.example}", "welzo", "application/yaml"))
    assert draft.reply_address is not None, "without an address nothing can be posted"


async def test_a_scan_that_nobody_describes_and_then_somebody_does(tmp_path: Path) -> None:
    """It is taken after its time, marked for a person; a sidecar of its name that comes later is a revision of it, with
    the same scan, and the arrival that it states."""
    async with serving(tmp_path, watched=True, undescribed_minutes=0, channel="store") as papers:
        (tmp_path / ".new").write_bytes(PDF)
        (tmp_path / ".new").rename(tmp_path / "form-7.pdf")
        await until(lambda: papers.door.held, "it is held", papers.running)
        (first,) = papers.door.held.values()
        assert (first.message.channel, first.message.text) == ("store", "")
        assert UNDESCRIBED in first.message.remarks
        await until(lambda: not (tmp_path / "form-7.pdf").exists(), "it is in done", papers.running)
        (tmp_path / ".new").write_text("arrived: 2026-11-18\ntext: It broke.\nchannel: store\n", encoding="utf-8")
        (tmp_path / ".new").rename(tmp_path / "form-7.yaml")
        await until(lambda: len(papers.door.held) == 2, "it is described", papers.running)
        second = list(papers.door.held.values())[1].message
        assert (second.revision_of, second.text, second.remarks) == (first.id, "It broke.", ())
        assert second.contact_at.isoformat() == "2026-11-18T00:00:00+00:00"
        assert [file.content for file in papers.door.files()] == [PDF, PDF]
        await until(lambda: not (tmp_path / "form-7.yaml").exists(), "it is in done", papers.running)
        assert sorted(path.name for path in (tmp_path / "done").rglob("*.*")) == ["form-7.pdf", "form-7.yaml"]
