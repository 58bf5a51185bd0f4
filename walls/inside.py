"""The last step before a program that is not trusted: puts up, around itself, what only a process can put up
around itself, and becomes the program. Started by path, so that it needs nothing but the interpreter.

    python -m walls.inside '<order as JSON>' program argument…
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from walls import kernel

CANNOT_BUILD = 126
EVENTS = 3


@dataclass(frozen=True, slots=True)
class Order:
    """Limits of 0 are none. `hub_socket` leads to the hub from where there is no network."""

    memory_bytes: int = 0
    address_bytes: int = 0
    file_bytes: int = 0
    processes: int = 0
    cpu_seconds: int = 0
    user: int = 0
    confine_files: bool = False
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    ports: tuple[int, ...] | None = None
    refuse_sockets: bool = False
    hub_socket: str = ""
    hub_port: int = 0

    def as_json(self) -> str:
        return json.dumps(asdict(self))


def main(arguments: list[str]) -> int:
    """Does not return, unless the walls could not be built."""
    order, program = Order(**json.loads(arguments[0])), arguments[1:]
    try:
        _build(order)
    except OSError as error:
        sys.stderr.write(f"The walls around the program could not be built: {error}\n")
        return CANNOT_BUILD
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.execvp(program[0], program)  # noqa: S606
    raise AssertionError("a process that became another does not come back")


def _build(order: Order) -> None:
    if order.hub_socket:
        _lead_to_hub(order)
    if order.user:
        os.setgroups([])
        os.setgid(order.user)
        os.setuid(order.user)
    kernel.gain_nothing()
    if order.confine_files:
        kernel.confine(map(Path, order.read), map(Path, order.write), order.ports)
    if order.refuse_sockets:
        kernel.refuse_sockets()
    _limit(order)


def _limit(order: Order) -> None:
    wanted: dict[int, Any] = {
        # Data, not addresses: a graphics card's driver reserves terabytes of those and uses none.
        resource.RLIMIT_DATA: order.memory_bytes,
        resource.RLIMIT_AS: order.address_bytes,
        resource.RLIMIT_FSIZE: order.file_bytes,
        resource.RLIMIT_NPROC: order.processes,
        resource.RLIMIT_CPU: order.cpu_seconds,
    }
    for kind, value in wanted.items():
        if value:
            resource.setrlimit(kind, (value, value))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _lead_to_hub(order: Order) -> None:
    """By a child that passes connections on; it listens already when the program starts."""
    from walls import relay

    listener = relay.listen(order.hub_port)
    if os.fork() == 0:
        kernel.die_with_parent()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        try:
            os.close(EVENTS)
        except OSError:
            pass
        relay.pass_on(listener, order.hub_socket)
        os._exit(0)
    listener.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
