"""Each private server does what the tests will ask of it."""

import imaplib
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import aio_pika
import psycopg
import pytest

from tests.services.dovecot import PASSWORD, Dovecot
from tests.services.place import until
from tests.services.postfix import Postfix
from tests.services.postgres import Postgres
from tests.services.rabbit import Rabbit

MAIL = b"From: Ann <ann@customers.example>\r\nSubject: Broken\r\n\r\nIt broke.\r\n"


async def publish(url: str, queue: str, *bodies: bytes) -> None:
    """Publishes to a quorum queue, each message confirmed."""
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        await channel.declare_queue(queue, durable=True, arguments={"x-queue-type": "quorum"})
        for body in bodies:
            message = aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
            await channel.default_exchange.publish(message, routing_key=queue)


async def take(url: str, queue: str) -> bytes:
    """Takes one message from a queue."""
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel()
        found = await channel.get_queue(queue)
        message = await found.get(timeout=30)
        await message.ack()
        return message.body


async def test_rabbitmq_confirms_and_each_test_has_a_virtual_host_of_its_own(
    rabbitmq: Rabbit, virtual_host: str
) -> None:
    """A confirmed message is in the queue, and another virtual host sees nothing of it."""
    await publish(virtual_host, "q", b"one", b"two")
    name = virtual_host.rpartition("/")[2]
    until(lambda: rabbitmq.queues(name) == {"q": 2}, "both are counted")
    other = rabbitmq.add_virtual_host()
    assert rabbitmq.queues(other) == {}
    rabbitmq.drop_virtual_host(other)
    assert await take(virtual_host, "q") == b"one"


async def test_what_a_quorum_queue_confirmed_outlives_a_stopped_broker(rabbitmq: Rabbit, virtual_host: str) -> None:
    """The node lives on and keeps it. A stop or SIGKILL of the node: tests/ground/test_rabbitmq.py."""
    await publish(virtual_host, "q", b"one")
    rabbitmq.stop_app()
    with pytest.raises(aio_pika.exceptions.AMQPConnectionError):
        await aio_pika.connect(virtual_host)
    rabbitmq.start_app()
    assert await take(virtual_host, "q") == b"one"


def test_postgres_is_durable_and_each_test_has_a_database_of_its_own(postgres: Postgres, database: str) -> None:
    """What was committed outlives SIGKILL; a database begins empty."""
    with psycopg.connect(database) as connection:
        assert connection.execute("show fsync").fetchone() == ("on",)
        connection.execute("create table kept (n int)")
        connection.execute("insert into kept values (1)")
    postgres.kill()
    postgres.start()
    with psycopg.connect(database) as connection:
        assert connection.execute("select n from kept").fetchall() == [(1,)]
    other = postgres.add_database()
    with psycopg.connect(postgres.url(other)) as connection:
        assert connection.execute("select to_regclass('kept')").fetchone() == (None,)
    postgres.drop_database(other)


def test_dovecot_serves_mailboxes_that_tests_can_change_under_a_client(dovecot: Dovecot) -> None:
    """Mail comes in two ways, UIDVALIDITY changes, a mailbox is emptied, a stop keeps the mail."""
    user = dovecot.add_user()
    dovecot.append(user, MAIL, at="17-Jul-2026 02:44:25 +0000")
    dovecot.drop(user, MAIL, MAIL)
    assert len(dovecot.uids(user)) == 3
    with dovecot.session(user) as client:
        _, answer = client.uid("FETCH", "1", "(INTERNALDATE)")
        assert b"17-Jul-2026 02:44:25" in answer[0]
    before = dovecot.uid_validity(user)
    assert dovecot.change_uid_validity(user) == dovecot.uid_validity(user) != before
    dovecot.stop()
    dovecot.start()
    assert len(dovecot.uids(user)) == 3
    dovecot.empty(user)
    assert dovecot.uids(user) == []


def test_dovecot_tells_an_idle_client_at_once(dovecot: Dovecot) -> None:
    """A client in IDLE hears EXISTS when a mail arrives."""
    user = dovecot.add_user()
    client = imaplib.IMAP4(dovecot.host, dovecot.port, timeout=30)
    client.login(user, PASSWORD)
    client.select("INBOX")
    client.send(b"a1 IDLE\r\n")
    assert client.readline().startswith(b"+")
    dovecot.drop(user, MAIL)
    heard = [client.readline()]
    while b"EXISTS" not in heard[-1]:
        heard.append(client.readline())
    assert heard[-1].split()[1] == b"1"
    client.send(b"DONE\r\n")
    client.shutdown()


@pytest.mark.needs_root
def test_postfix_delivers_queues_and_bounces(postfix: Postfix) -> None:
    """A letter lands; mail for a daemon that is away waits, over a kill too; a report of failure comes back."""
    postfix.send(MAIL, "ann@customers.example", "desk@elsewhere.example")
    [letter] = until(lambda: postfix.letters("desk@elsewhere.example"), "the letter lands", log=postfix.log)
    assert b"It broke." in letter

    postfix.relay("brand.example", 9)  # nobody listens there
    postfix.send(MAIL, "ann@customers.example", "care@brand.example")
    until(lambda: postfix.queued() == 1, "the mail waits", log=postfix.log)
    postfix.kill()
    postfix.start()
    postfix.deliver("brand.example")
    postfix.flush()
    until(lambda: postfix.letters("care@brand.example"), "the mail arrives later", log=postfix.log)

    postfix.bounce("gone.example")
    postfix.send(MAIL, "ann@customers.example", "who@gone.example")
    [report] = until(lambda: postfix.letters("ann@customers.example"), "the report comes back", log=postfix.log)
    assert b"Content-Type: multipart/report" in report

    postfix.relay("brand.example", 9)
    postfix.send(MAIL, "ann@customers.example", "care@brand.example")
    postfix.forget()
    assert (postfix.queued(), postfix.letters()) == (0, [])


def test_a_guard_ends_its_server_and_the_servers_children_when_the_session_is_killed(tmp_path: Path) -> None:
    """SIGKILL to the session leaves nothing running, not even a child that left its parent."""
    script = textwrap.dedent("""
        import sys, time
        from pathlib import Path
        from tests.services.guard import Guarded
        folder = Path(sys.argv[1])
        server = f"setsid sleep 1000 & echo $! > {folder}/child; echo $$ > {folder}/server; exec sleep 1000"
        Guarded(["sh", "-c", server], log=folder / "log")
        while not (folder / "server").exists() or not (folder / "server").read_text().endswith(chr(10)):
            time.sleep(0.01)
        print("up", flush=True)
        time.sleep(1000)
    """)
    session = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE)
    assert session.stdout
    assert session.stdout.readline() == b"up\n"
    processes = [int((tmp_path / name).read_text()) for name in ("child", "server")]
    assert all(runs(process) for process in processes)
    session.send_signal(signal.SIGKILL)
    session.wait()
    session.stdout.close()
    until(lambda: not any(runs(process) for process in processes), "the guard ends both")


def runs(process: int) -> bool:
    """Whether the process lives."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
