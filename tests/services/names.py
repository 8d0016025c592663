"""A name server of our own on a free port: TXT records that a test sets, over real UDP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rrset


@dataclass
class Names(asyncio.DatagramProtocol):
    """What it answers; `asked` is every name that it was asked for, `silent` lets it say nothing."""

    records: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    silent: bool = False
    address: tuple[str, int] = ("127.0.0.1", 0)
    _transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It listens."""
        self._transport = cast("asyncio.DatagramTransport", transport)  # a selector's is not one by name
        self.address = transport.get_extra_info("sockname")

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """A question."""
        question = dns.message.from_wire(data)
        name = question.question[0].name.to_text()
        self.asked.append(name)
        if self.silent or self._transport is None:
            return
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        if record := self.records.get(name.lower()):
            pieces = (record[start : start + 250].decode() for start in range(0, len(record), 250))
            said = " ".join(f'"{piece}"' for piece in pieces)
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", said))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self._transport.sendto(answer.to_wire(), addr)


@asynccontextmanager
async def serving() -> AsyncIterator[Names]:
    """The server, listening."""
    transport, names = await asyncio.get_running_loop().create_datagram_endpoint(Names, local_addr=("127.0.0.1", 0))
    try:
        yield names
    finally:
        transport.close()
