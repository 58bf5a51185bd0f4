"""Messages through the file system: many processes at once, and what a crash leaves behind."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection, Exchange, Queue

from hub.core import file_broker
from tests.live import ROOT, LiveHub

SENDERS, MESSAGES, TAKERS = 3, 80, 2

# Large enough that a message written in place is met half-written.
SEND = """
import sys; from tests.hub.core.test_file_broker import connect, MESSAGES
with connect(sys.argv[1]) as connection:
    queue = connection.SimpleQueue("core")
    for number in range(MESSAGES):
        queue.put({"from": sys.argv[2], "number": number, "ballast": "x" * 200_000})
"""
TAKE = """
import pathlib, queue, sys; from tests.hub.core.test_file_broker import connect
with connect(sys.argv[1]) as connection:
    source = connection.SimpleQueue("core")
    while True:
        is_over = pathlib.Path(sys.argv[1], "over").exists()
        try:
            message = source.get(timeout=0.1)
        except queue.Empty:
            if is_over:
                break
            continue
        message.ack()
        print(message.payload["from"], message.payload["number"])
"""
BIND = """
import sys; from tests.hub.core.test_file_broker import connect
with connect(sys.argv[1]) as connection:
    channel = connection.channel()
    for number in range(30):
        channel._queue_bind("pidbox", "", "", f"{sys.argv[2]}-{number}")
        channel.get_table("pidbox")
"""


def connect(folder: str) -> Connection:
    options = {
        "data_folder_in": folder,
        "data_folder_out": folder,
        "control_folder": f"{folder}/control",
        "polling_interval": 0.02,
    }
    return Connection("filesystem://", transport=file_broker.Transport, transport_options=options)


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[Any]:
    with connect(str(tmp_path)) as connection:
        yield connection.channel()


def started(program: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> str:
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors[-2000:]
    return output


def test_many_senders_and_takers_lose_and_double_nothing(tmp_path: Path) -> None:
    takers = [started(TAKE, str(tmp_path)) for _ in range(TAKERS)]
    senders = [started(SEND, str(tmp_path), str(number)) for number in range(SENDERS)]
    for sender in senders:
        ended(sender)
    (tmp_path / "over").touch()
    taken = [line for taker in takers for line in ended(taker).splitlines()]
    assert sorted(taken) == sorted(f"{who} {number}" for who in range(SENDERS) for number in range(MESSAGES))
    assert not list(tmp_path.glob("*.msg"))


def test_bindings_of_many_processes_are_all_kept(tmp_path: Path, channel: Any) -> None:
    binders = [started(BIND, str(tmp_path), str(number)) for number in range(3)]
    for binder in binders:
        ended(binder)
    assert len(channel.get_table("pidbox")) == 90


def test_what_cannot_be_read_costs_itself_alone(tmp_path: Path, channel: Any) -> None:
    (tmp_path / "00000000_half.core.msg").write_text('{"body": "ab')
    (tmp_path / "00000001_list.core.msg").write_text("[1]")
    channel._put("core", {"body": "whole"})
    assert channel._get("core") == {"body": "whole"}
    assert not list(tmp_path.glob("*.msg"))


def test_a_broken_table_of_bindings_is_written_anew(tmp_path: Path, channel: Any) -> None:
    (tmp_path / "control").mkdir()
    (tmp_path / "control" / "core.exchange").write_text("")
    Queue("core", Exchange("core", type="direct"), routing_key="core")(channel).declare()
    assert [row.queue for row in channel.get_table("core")] == ["core"]


def test_the_hub_passes_its_messages_this_way() -> None:
    hub = LiveHub(extra_env={"HUB_BROKER": "filesystem", "REDIS_URL": ""})
    program = "from hub.celery import app; print(app.connection_for_read().transport_cls)"
    try:
        said = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env=hub.env, capture_output=True, text=True, check=True
        )
    finally:
        hub.close()
    assert "hub.core.file_broker" in said.stdout


def test_a_queue_that_is_deleted_leaves_its_bindings(tmp_path: Path, channel: Any) -> None:
    for name in ("one", "two"):
        Queue(name, Exchange("core", type="direct"), routing_key="core")(channel).declare()
    channel._put("one", {"body": "x"})
    channel.queue_delete("one")
    assert [row.queue for row in channel.get_table("core")] == ["two"]
    assert not list(tmp_path.glob("*.msg"))
