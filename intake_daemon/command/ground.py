"""What this machine itself can tell: room on its disks, how large its files are, when its certificates end.

Nothing here asks anybody else, and nothing is kept: a look costs a few system calls.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from prometheus_client.core import GaugeMetricFamily, Metric


@dataclass(frozen=True)
class Ground:
    """`var`: our folder. `certificates`: by connector, the PEM file that it shows to others."""

    var: Path
    certificates: Mapping[str, Path]

    def disk(self) -> Iterable[Metric]:
        """Of the disk under `var`: its size, and what an ordinary user may still write; and our own logs on it."""
        free = GaugeMetricFamily("intake_disk_free_bytes", "Room on the disk of var.")
        size = GaugeMetricFamily("intake_disk_bytes", "Size of the disk of var.")
        try:
            found = os.statvfs(self.var)
        except OSError:  # what cannot be looked at is told by whoever needs it
            return
        free.add_metric([], found.f_bavail * found.f_frsize)
        size.add_metric([], found.f_blocks * found.f_frsize)
        yield free
        yield size
        files = GaugeMetricFamily("intake_file_bytes", "Size of a file in var.", labels=["file"])
        for path in sorted((*self.var.glob("*.db"), *self.var.glob("*.db-wal"))):
            try:
                files.add_metric([path.name], path.stat().st_size)
            except OSError:
                continue
        yield files

    def ends(self) -> dict[str, datetime]:
        """`certificate <connector>` and when it ends; one that cannot be read has ended."""
        return {f"certificate {name}": _end(path) for name, path in self.certificates.items()}


def _end(path: Path) -> datetime:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        return datetime.fromtimestamp(0).astimezone()
