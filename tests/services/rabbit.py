"""A RabbitMQ node of our own: name, folders, cookie, port and epmd are all private.

Rules
- A test works in a virtual host of its own (`virtual_host`), so tests cannot see each other's queues.
- `stop`, `kill` and `start` keep folders and port: what was confirmed before must be there afterwards.
- `stop_app` and `start_app` do what rabbitmqctl's do: the node lives on, the broker does not. The node is asked by
  `erl_call` (of erlang-base): rabbitmqctl starts an Erlang machine of its own, half a second of CPU each time.
- The management plugin is switched on only because its HTTP API makes a virtual host in milliseconds; what we build
  must not need it.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import secrets
import subprocess
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.services.guard import Guarded
from tests.services.place import free_port, listens, until

PROGRAMS = Path("/usr/lib/rabbitmq/bin")
USER = PASSWORD = "guest"
_ELECTED = 10.0
"""Seconds after which the queues of a virtual host have surely chosen their leaders."""
_ERLANG = "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none"
"""As on a machine of two, and who has nothing to do sleeps."""


@dataclass(frozen=True)
class Among:
    """What the nodes of a cluster (cluster.py) have in common. `nodes`: their names, by the name of the folder."""

    nodes: Mapping[str, str]
    cookie: str
    epmd: int

    def said(self) -> Iterator[str]:
        """For each one's configuration."""
        yield "cluster_formation.peer_discovery_backend = classic_config"
        yield "cluster_partition_handling = pause_minority"
        for number, name in enumerate(self.nodes.values(), 1):
            yield f"cluster_formation.classic_config.nodes.{number} = {name}"


class Rabbit:
    """One node. `url(virtual_host)` is where clients connect."""

    def __init__(self, folder: Path, among: Among | None = None) -> None:
        """Lays out the node's folders; `start` runs it. `among`: the cluster that it is a node of."""
        self.folder = folder
        self.port = free_port()
        self._api_port = free_port()
        self.log = folder / "rabbit.log"
        self._guarded: Guarded | None = None
        self._dropped = deque[tuple[float, int, str]]()
        self.lives = 0
        """How often the broker was started."""
        home = folder / "home"
        home.mkdir(parents=True)
        self.node = among.nodes[folder.name] if among else f"intake{secrets.token_hex(4)}@localhost"
        if among:
            (home / ".erlang.cookie").write_text(among.cookie)
            (home / ".erlang.cookie").chmod(0o400)
        (folder / "enabled_plugins").write_text("[rabbitmq_management].\n")
        (folder / "rabbitmq-env.conf").write_text("")
        (folder / "rabbitmq.conf").write_text(
            "\n".join(
                (
                    f"listeners.tcp.1 = 127.0.0.1:{self.port}",
                    f"management.tcp.port = {self._api_port}",
                    "management.tcp.ip = 127.0.0.1",
                    "loopback_users.guest = true",
                    "disk_free_limit.absolute = 50MB",
                    "log.console = true",
                    "log.console.level = warning",
                    "log.file = false",
                    *(among.said() if among else ()),
                )
            )
        )
        self._env = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "LANG": "C.UTF-8",
            "HOME": str(home),
            "RUNNING_UNDER_SYSTEMD": "1",  # makes the start script become the node instead of watching it
            "RABBITMQ_NODENAME": self.node,
            "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "logs"),
            "RABBITMQ_SCHEMA_DIR": str(folder / "schema"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{_ERLANG} -rabbit quorum_tick_interval 200",
            "ERL_EPMD_PORT": str(among.epmd if among else free_port()),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }

    def start(self) -> None:
        """Runs the node, on the same folders and port as before; returns when it takes connections."""
        self.lives += 1
        self._guarded = Guarded([PROGRAMS / "rabbitmq-server"], log=self.log, env=self._env)
        until(self._ready, "RabbitMQ takes connections", 120, self.log)

    @property
    def alive(self) -> bool:
        """Whether its process lives."""
        return self._guarded is not None and self._guarded.alive

    def _ready(self) -> bool:
        if self._guarded is None or not self._guarded.alive:
            raise AssertionError(f"RabbitMQ ended at once:\n{self.log.read_text(errors='replace')[-3000:]}")
        return listens(self.port) and listens(self._api_port)

    def stop(self) -> None:
        """A clean stop of the node."""
        if self._guarded and self._guarded.alive:
            self._hasten()
            self._guarded.stop()

    def kill(self) -> None:
        """SIGKILL to the node, as a power cut."""
        if self._guarded:
            self._guarded.kill()

    def pause(self) -> None:
        """It stands still, as on a machine without a moment to spare; its connections stay."""
        if self._guarded:
            self._guarded.pause()

    def resume(self) -> None:
        """It goes on."""
        if self._guarded:
            self._guarded.resume()

    def stop_app(self) -> None:
        """Stops the broker inside the node: connections end, the port closes."""
        self._hasten()
        self._call("rabbit:stop()")

    def start_app(self) -> None:
        """Starts the broker inside the node again."""
        self.lives += 1
        self._call("rabbit:start()")

    def well(self) -> None:
        """Up again, whatever the last test left: one that was cut short must not fail the next."""
        if self._guarded is None or not self._guarded.alive:
            self.start()
        elif not self._ready():
            self.start_app()
            until(self._ready, "RabbitMQ takes connections again", 120, self.log)

    def _hasten(self) -> None:
        # when it ends, the management plugin's listener waits 5 s for itself
        self._call("gen_event:delete_handler(rabbit_event, rabbit_mgmt_db_handler, [])")

    def _call(self, expression: str) -> None:
        cookie = (self.folder / "home" / ".erlang.cookie").read_text()
        caller = f"call{secrets.token_hex(4)}"  # its own name is always c17, which the node may not have let go of yet
        done = subprocess.run(
            ["erl_call", "-sname", self.node, "-h", caller, "-c", cookie, "-timeout", "120", "-e"],
            input=f"{expression}.\n",
            env=self._env,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )
        assert done.stdout.startswith("{ok,"), f"{expression}: {done.stdout}{done.stderr}"

    def ctl(self, *arguments: str, seconds: float = 120, program: str = "rabbitmqctl") -> str:
        """What `rabbitmqctl` answers; takes seconds, for it starts an Erlang machine of its own."""
        done = subprocess.run(
            [PROGRAMS / program, "--node", self.node, "--quiet", *arguments],
            env=self._env,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def url(self, virtual_host: str, user: str = USER, password: str = PASSWORD) -> str:
        """`amqp://` for this virtual host."""
        return f"amqp://{user}:{password}@127.0.0.1:{self.port}/{quote(virtual_host, safe='')}"

    def add_virtual_host(self) -> str:
        """A new empty virtual host; its name. Until it runs, a while later on a busy machine, connections to it end
        with INTERNAL_ERROR."""
        name = f"test-{secrets.token_hex(4)}"
        self.api("PUT", f"/api/vhosts/{name}")
        self.permit(USER, name)
        until(lambda: self._runs(name), f"the virtual host {name} runs", 120, self.log)
        return name

    def _runs(self, virtual_host: str) -> bool:
        return set(self.api("GET", f"/api/vhosts/{virtual_host}")["cluster_state"].values()) == {"running"}

    def drop_virtual_host(self, name: str) -> None:
        """Deletes a virtual host with all its queues: at the first call after some seconds. Not sooner, and not after a
        start: while a quorum queue of 3.10 elects its leader, its dead-letter worker begins; a queue that is deleted
        just then lets it die again and again, until the supervisor of all of them gives up, and every later connection
        ends with INTERNAL_ERROR."""
        self._dropped.append((time.monotonic() + _ELECTED, self.lives, name))
        while self._dropped[0][0] < time.monotonic():
            _, lives, old = self._dropped.popleft()
            if lives == self.lives:
                self.api("DELETE", f"/api/vhosts/{old}")

    def add_user(self, name: str, password: str, tags: str = "") -> None:
        """A user without any permission yet."""
        self.api("PUT", f"/api/users/{name}", {"password": password, "tags": tags})

    def permit(self, user: str, virtual_host: str, configure: str = ".*", write: str = ".*", read: str = ".*") -> None:
        """What the user may do there, as regular expressions of names."""
        self.api(
            "PUT",
            f"/api/permissions/{virtual_host}/{user}",
            {"configure": configure, "write": write, "read": read},
        )

    def permit_topic(self, user: str, virtual_host: str, exchange: str, write: str, read: str) -> None:
        """Which routing keys of a topic exchange the user may publish and bind, as regular expressions."""
        self.api(
            "PUT",
            f"/api/topic-permissions/{virtual_host}/{user}",
            {"exchange": exchange, "write": write, "read": read},
        )

    def queues(self, virtual_host: str) -> dict[str, int]:
        """How many messages each queue holds, ready and unacknowledged together; up to half a second old."""
        totals = "disable_stats=true&enable_queue_totals=true"
        return {
            queue["name"]: queue.get("messages", 0) for queue in self.api("GET", f"/api/queues/{virtual_host}?{totals}")
        }

    def api(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401  # JSON of many shapes
        """One call of the management API; what it answers, or None."""
        connection = http.client.HTTPConnection("127.0.0.1", self._api_port, timeout=60)
        try:
            credentials = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
            headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/json"}
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            text = answer.read()
            assert answer.status < 300, f"{method} {path}: {answer.status} {text.decode(errors='replace')}"
            return json.loads(text) if text else None
        finally:
            connection.close()
