"""What a machine tells of itself: room on its disk, the size of its files, the end of its certificates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from intake_daemon.command.ground import Ground

END = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


def test_disk_and_files_are_measured(tmp_path: Path) -> None:
    """Free room is less than the whole; of `var`, databases and their logs are told, nothing else by name."""
    (tmp_path / "ledger.db").write_bytes(b"x" * 700)
    (tmp_path / "ledger.db-wal").write_bytes(b"x" * 90)
    (tmp_path / "intake.sock.txt").write_bytes(b"x")
    found = {
        (family.name, *sample.labels.values()): sample.value
        for family in Ground(tmp_path, {}).disk()
        for sample in family.samples
    }
    assert 0 < found["intake_disk_free_bytes",] < found["intake_disk_bytes",]
    assert found["intake_file_bytes", "ledger.db"] == 700
    assert found["intake_file_bytes", "ledger.db-wal"] == 90
    assert len(found) == 4


def test_a_folder_that_is_not_there_is_told_by_nothing(tmp_path: Path) -> None:
    """Who needs it says so; a scrape does not fail for it."""
    assert list(Ground(tmp_path / "gone", {}).disk()) == []


def test_the_end_of_a_certificate_is_told(tmp_path: Path) -> None:
    """By the connector that shows it; one that cannot be read has ended."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mx.welzo.example")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(END - timedelta(days=90))
        .not_valid_after(END)
        .sign(key, hashes.SHA256())
    )
    good, bad = tmp_path / "good.pem", tmp_path / "bad.pem"
    good.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    bad.write_text("-----BEGIN", encoding="ascii")
    ends = Ground(tmp_path, {"smtp": good, "other": bad, "third": tmp_path / "gone.pem"}).ends()
    assert ends["certificate smtp"] == END
    assert ends["certificate other"] == ends["certificate third"] < END - timedelta(days=9000)
