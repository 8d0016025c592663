"""What connectors promise that answer."""

from __future__ import annotations

from typing import ClassVar

import pytest

from intake_daemon.contract import Can
from intake_daemon.errors import Permanent, Temporary, Unknown
from intake_daemon.message import Receipt
from tests.promises.named import Named
from tests.promises.way import Row, Way, overheard


class Replies(Named):
    """Every connector that answers, with one row for each row of the table in its manual."""

    table: ClassVar[tuple[Row, ...]] = ()

    def test_the_table_knows_all_three(self) -> None:
        """Surely not sent, never, perhaps: a table without one of them has not been thought through."""
        assert {row.error for row in self.table} == {Temporary, Permanent, Unknown}

    async def test_sent(self, way: Way) -> None:
        """A notice that was taken is `sent`, under the provider's name for it."""
        receipt = await way.connector.reply(way.notice())
        assert isinstance(receipt, Receipt)
        assert (receipt.outcome, receipt.notice) == ("sent", way.notice().id)
        assert receipt.provider_id

    async def test_each_row(self, way: Way, row: Row) -> None:
        """Surely not sent is Temporary, with Retry-After obeyed; perhaps sent is Unknown; refused is Permanent. What is
        logged meanwhile names nobody, and the next notice is sent."""
        way.answers(row.answer)
        with overheard() as told, pytest.raises(row.error) as caught:
            await way.connector.reply(way.notice())
        error = caught.value
        assert not row.code or error.code == row.code
        assert isinstance(error, Temporary) is (row.error is Temporary)
        if isinstance(error, Temporary) and row.after is not None:
            assert error.after == row.after
        said = f"{told.getvalue()} {error.code} {error}"
        assert not [word for word in (way.notice().to.value, way.notice().text, *self.secrets) if word in said]
        way.answers("")
        assert (await way.connector.reply(way.notice())).outcome == "sent"

    def test_it_says_that_it_can(self) -> None:
        """What replies says so."""
        assert self.kind.can & {Can.REPLY, Can.SEND}
