"""The one way out of a room without network: to the hub, and to nowhere else.

Inside, a listener on the loopback passes every connection to a unix socket; outside, a process behind that
socket connects it to the hub. Programs inside take it for a proxy: what they say in plain HTTP goes to the
hub whatever address they name, and a tunnel (`CONNECT`) is opened to the named hosts alone.

    python -m walls.relay <socket> <hub's host:port> [host:port …]
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path

from walls import kernel

Connect = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[None, None, None]]

BLOCK = 65_536
HEAD_LIMIT = 16_384
HEAD_SECONDS = 30
BACKLOG = 64
REFUSED = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
UNREACHABLE = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
OPENED = b"HTTP/1.1 200 Connection established\r\n\r\n"


def listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(BACKLOG)
    return listener


def pass_on(listener: socket.socket, path: str) -> None:
    """Inside: until the process is ended."""

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _join(reader, writer, *await asyncio.open_unix_connection(path))

    async def serve() -> None:
        server = await asyncio.start_server(_guarded(connect), sock=listener)
        await server.serve_forever()

    asyncio.run(serve())


def serve_hub(path: str, hub: str, others: list[str]) -> None:
    """Outside: until the process is ended."""
    allowed = {hub.lower(), *(name.lower() for name in others)}

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n"), HEAD_SECONDS)
        method, _, rest = head.decode("latin-1").partition(" ")
        target = rest.partition(" ")[0].lower()
        if method.upper() != "CONNECT":
            far = await _open(hub, writer)
            if far is not None:
                far[1].write(head)
                await _join(reader, writer, *far)
        elif target not in allowed:
            writer.write(REFUSED)
        else:
            await asyncio.wait_for(_rest_of_head(reader), HEAD_SECONDS)
            far = await _open(target, writer)
            if far is not None:
                writer.write(OPENED)
                await _join(reader, writer, *far)

    async def serve() -> None:
        server = await asyncio.start_unix_server(_guarded(connect), path, limit=HEAD_LIMIT)
        await server.serve_forever()

    asyncio.run(serve())


def _guarded(connect: Connect) -> Connect:
    """One broken connection ends alone."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await connect(reader, writer)
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    return handle


async def _rest_of_head(reader: asyncio.StreamReader) -> None:
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass


async def _open(
    address: str, writer: asyncio.StreamWriter
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
    host, _, port = address.rpartition(":")
    try:
        return await asyncio.open_connection(host.strip("[]"), int(port))
    except (OSError, ValueError):
        writer.write(UNREACHABLE)
        return None


async def _join(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    far_reader: asyncio.StreamReader,
    far_writer: asyncio.StreamWriter,
) -> None:
    try:
        await asyncio.gather(_pour(reader, far_writer), _pour(far_reader, writer))
    finally:
        far_writer.close()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(BLOCK):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


def main(arguments: list[str]) -> None:
    kernel.die_with_parent()
    path, hub, *others = arguments
    Path(path).unlink(missing_ok=True)
    os.umask(0o077)
    serve_hub(path, hub, others)


if __name__ == "__main__":
    main(sys.argv[1:])
