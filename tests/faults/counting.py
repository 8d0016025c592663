"""The figures of a run, as `make faults` prints them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import sqlalchemy as sa

from tests.faults.finding import Finding
from tests.walk.daemon import Installation


@dataclass
class Counted:
    """The figures of a run."""

    scenarios: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    complaints: int = 0
    confirmed: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    """What sources heard that was no confirmation; each came again."""
    ambiguous: Counter[str] = field(default_factory=Counter)
    """Letters in doubt, by connector: sent once more under one Message-ID, or left to a person."""
    copies: int = 0
    notes: int = 0
    """Commands of staff."""
    late: int = 0
    """Scenarios after which not everything was settled within a minute; it was later."""
    findings: list[Finding] = field(default_factory=list)

    def add(self, other: Counted) -> None:
        """Another run's figures."""
        self.scenarios += other.scenarios
        self.complaints += other.complaints
        self.confirmed += other.confirmed
        self.copies += other.copies
        self.notes += other.notes
        self.late += other.late
        self.faults += other.faults
        self.refused += other.refused
        self.ambiguous += other.ambiguous
        self.findings += other.findings

    def said(self) -> str:
        """For a person: one figure a line."""
        kinds = Counter(finding.kind for finding in self.findings)
        found = {kind: kinds[kind] for kind in ("lost", "doubled", "stuck", "order", "fold", "wrong")}
        faults = ", ".join(f"{name} {count}" for name, count in sorted(self.faults.items()))
        refused = ", ".join(f"{name} {count}" for name, count in sorted(self.refused.items())) or "none"
        ambiguous = ", ".join(f"{name} {count}" for name, count in sorted(self.ambiguous.items())) or "none"
        return "\n".join(
            [
                f"scenarios   {self.scenarios}",
                f"faults      {sum(self.faults.values())}  ({faults})",
                f"said        {self.complaints}  (complaints, and what was added to them)",
                f"commands    {self.notes}",
                f"confirmed   {self.confirmed}",
                f"refused     {sum(self.refused.values())}  ({refused}); each came again",
                f"ambiguous   {sum(self.ambiguous.values())}  ({ambiguous}); {self.copies} copies under one Message-ID",
                f"late        {self.late}  (not all settled a minute after the last fault)",
                *(f"{kind:<11} {count}" for kind, count in found.items()),
            ]
        )


def doubts(place: Installation) -> Counter[str]:
    """Letters in doubt, by connector."""
    with place.reading().connect() as connection:
        query = sa.text(
            "SELECT notices.connector, count(*) FROM notices LEFT JOIN sends ON sends.notice = notices.id "
            "WHERE sends.doubts > 0 OR notices.state = 'unknown' GROUP BY notices.connector"
        )
        return Counter({row[0]: int(row[1]) for row in connection.execute(query)})
