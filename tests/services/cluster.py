"""A RabbitMQ of three nodes on one machine; each keeps a copy of every quorum queue.

Rules
- As `rabbit.Rabbit`, whose nodes they are: private name, cookie, ports and epmd.
- A node in the minority pauses itself (`pause_minority`), as is recommended for production.
- Whoever asks by HTTP asks a node that lives and belongs to the majority.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.services.place import free_port, until
from tests.services.rabbit import Among, Rabbit

_COOKIE = "itisonlyus"
_OTHER = "somebodyelse"


class Cluster:
    """Three nodes; `ports` is where clients connect."""

    def __init__(self, folder: Path) -> None:
        """Lays out their folders; `start` runs them."""
        names = [f"node{number}" for number in (1, 2, 3)]
        mark = secrets.token_hex(4)
        among = Among({name: f"{name}{mark}@localhost" for name in names}, _COOKIE, free_port())
        folder.mkdir(parents=True)
        self.nodes = [Rabbit(folder / name, among) for name in names]
        self._shaken = 0

    @property
    def lives(self) -> int:
        """How often a node was started, or its queues had to find another leader."""
        return self._shaken + sum(node.lives for node in self.nodes)

    @property
    def ports(self) -> list[int]:
        """Of all nodes."""
        return [node.port for node in self.nodes]

    def start(self) -> None:
        """Runs those that do not live; returns when all three are one cluster."""
        with ThreadPoolExecutor(3) as starting:
            list(starting.map(Rabbit.start, [node for node in self.nodes if not node.alive]))
        until(self._whole, "the cluster is whole", 180, self.nodes[0].log)

    def _whole(self) -> bool:
        try:
            told = self.nodes[0].api("GET", "/api/nodes")
        except (AssertionError, OSError):
            return False
        return len(told) == len(self.nodes) and all(node["running"] for node in told)

    def kill(self) -> None:
        """SIGKILL to all."""
        for node in self.nodes:
            node.kill()

    def well(self) -> None:
        """Whole again, whatever was done to it."""
        self.start()

    @contextmanager
    def down(self, many: int) -> Iterator[None]:
        """So many nodes are killed; afterwards they are back. Two of three: nobody has a majority."""
        gone = self.nodes[-many:]
        for node in gone:
            node.kill()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def moved(self) -> Iterator[None]:
        """A node gives its leaders and its clients away, as before an upgrade; then it takes its share again."""
        self._shaken += 1
        self.nodes[0].ctl("drain", program="rabbitmq-upgrade")
        try:
            yield
        finally:
            self.nodes[0].ctl("revive", program="rabbitmq-upgrade")

    @contextmanager
    def parted(self) -> Iterator[None]:
        """The last node hears nothing of the others, nor they of it; clients reach all three."""
        self._shaken += 1
        *others, last = self.nodes
        names = [node.node for node in others]
        self._say(last, names, _OTHER)
        last.ctl("eval", " ".join(f"erlang:disconnect_node('{name}')," for name in names).rstrip(",") + ".")
        try:
            yield
        finally:
            self._say(last, names, _COOKIE)
            until(self._whole, "the cluster is whole again", 180, last.log)

    def _say(self, node: Rabbit, of: list[str], cookie: str) -> None:
        node.ctl("eval", " ".join(f"erlang:set_cookie('{name}', '{cookie}')," for name in of).rstrip(",") + ".")

    # --- as of one node -------------------------------------------------------------------------------------------

    def url(self, virtual_host: str) -> str:
        """By way of its first node; a proxy in front may choose another."""
        return self.nodes[0].url(virtual_host)

    def add_virtual_host(self) -> str:
        """A new empty virtual host, running on every node; its name."""
        return self.nodes[0].add_virtual_host()

    def drop_virtual_host(self, name: str) -> None:
        """Deletes it with all its queues."""
        with contextlib.suppress(AssertionError, OSError):
            self.nodes[0].drop_virtual_host(name)

    def queues(self, virtual_host: str) -> dict[str, int]:
        """As `Rabbit.queues`."""
        return self.nodes[0].queues(virtual_host)

    def api(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 -- JSON of many shapes
        """One call to its first node."""
        return self.nodes[0].api(method, path, body)
