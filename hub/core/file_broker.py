"""Messages as files of one folder, for hubs without Redis: kombu's transport, made safe for many processes.

A message or a table of bindings appears under its name whole or not at all, is taken by one process alone,
and what cannot be read costs itself, not the worker that met it.
"""

from __future__ import annotations

import fcntl
import logging
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps, loads

log = logging.getLogger(__name__)

# Names that begin so belong to no queue.
HIDDEN = "."
Bindings = list[Any]


class Channel(filesystem.Channel):
    """Raises OSError where the folder cannot be written."""

    def _put(self, queue: str, payload: Any, **_: Any) -> None:  # type: ignore[override]
        name = f"{time.time_ns():020d}_{uuid.uuid4()}.{queue}.msg"
        _write(Path(self.data_folder_out) / name, payload)

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:  # noqa: ARG002
        folder = Path(self.data_folder_in)
        for name in sorted(path.name for path in folder.iterdir()):
            if name.partition(".")[2] == f"{queue}.msg":
                message = _take(folder / name)
                if message is not None:
                    return message
        raise Empty

    def get_table(self, exchange: str) -> Bindings:
        try:
            rows = loads(self._table(exchange).read_text())
        except (FileNotFoundError, ValueError):
            # Half a table is of an earlier version; every worker binds its queues again when it starts.
            return []
        return [filesystem.exchange_queue_t(*row) for row in rows]

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str | None, queue: str) -> None:
        row = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        if row not in self.get_table(exchange):
            self._change(exchange, lambda rows: rows if row in rows else [row, *rows])

    def _delete(self, queue: str, *binding: Any, **_: Any) -> None:
        self._purge(queue)
        exchange, routing_key, pattern = binding[:3]
        row = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue)
        self._change(exchange, lambda rows: [each for each in rows if each != row])

    def _table(self, exchange: str) -> Path:
        """Raises ChannelError for a name that would lead out of the folder."""
        file: Path = self._exchange_file(exchange)  # type: ignore[attr-defined]
        return file

    def _change(self, exchange: str, change: Callable[[Bindings], Bindings]) -> None:
        file = self._table(exchange)
        with _locked(self.control_folder):
            rows = self.get_table(exchange)
            changed = change(rows)
            if changed != rows:
                _write(file, changed)


class Transport(filesystem.Transport):
    Channel = Channel


def _write(path: Path, content: Any) -> None:
    """Whole or not at all, also for a reader at the same moment."""
    hidden = path.with_name(f"{HIDDEN}{uuid.uuid4()}.part")
    try:
        hidden.write_text(dumps(content))
        hidden.replace(path)
    except OSError:
        hidden.unlink(missing_ok=True)
        raise


def _take(path: Path) -> dict[str, Any] | None:
    """The message, which is then nobody else's; None where another was faster, or nothing can be read."""
    hidden = path.with_name(f"{HIDDEN}{path.name}.taken")
    try:
        path.rename(hidden)
        text = hidden.read_bytes()
        hidden.unlink()
    except OSError:
        return None
    try:
        message = loads(text)
    except ValueError:
        message = None
    if isinstance(message, dict):
        return message
    log.warning("a message that cannot be read was thrown away: %s", path.name)
    return None


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{HIDDEN}lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
