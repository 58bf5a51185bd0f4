"""A worker on any machine: registers, keeps its slots running, tells the hub that it lives."""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any
from uuid import UUID

from evals_app.supervision import engine_process, hardware
from evals_app.supervision.conditions import NO_WALLS
from evals_app.supervision.coordination import HubUnreachable
from evals_app.supervision.hub_connection import Forgotten, HubConnection, Refused
from walls import building, containers, processes
from walls.containers import Runtime

log = logging.getLogger("llmos-worker")

BEAT_SECONDS = 5.0
LOOK_SECONDS = 0.2
LONGEST_PAUSE = 30.0
# A slot that ends again and again is started more slowly.
RESTART_SECONDS = 2.0
OLD_FOLDER_SECONDS = 7 * 86_400
REFUSED = 3
# Of a container where the worker's options set no limit: it never runs without.
CONTAINER_MEMORY_MB, CONTAINER_DISK_MB, CONTAINER_PROCESSES = 4096, 1024, 512
SLOT = "import sys; sys.path.insert(0, sys.argv.pop(1)); from evals_app.supervision.slot import main; sys.exit(main())"  # noqa: E501


@dataclass(slots=True)
class Program:
    options: argparse.Namespace
    hub: HubConnection
    slots: list[hardware.Slot]
    worker: str = ""
    told: dict[str, Any] = field(default_factory=dict)
    children: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    stops_asked: int = 0
    leaving: bool = False
    containers: Runtime | None = None

    def run(self) -> int:
        signal.signal(signal.SIGTERM, self._ask_to_stop)
        signal.signal(signal.SIGINT, self._ask_to_stop)
        processes.end_leftovers()
        if self.containers is not None:
            containers.remove_leftovers(self.containers.program)
        self._remove_old_folders()
        try:
            self._register()
            self._keep_slots()
        except Refused as error:
            log.critical("the hub refuses this worker: %s", error)
            return REFUSED
        finally:
            self._end()
        return 0

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stops_asked += 1

    def _register(self) -> None:
        """Until the hub answers. Raises Refused."""
        pause = 1.0
        while not self.stops_asked:
            try:
                self.told = self.hub.post("register", self._introduction())
            except (HubUnreachable, Forgotten) as error:
                log.warning("the hub does not answer (%s); next try in %.0f s", error, pause)
                self._sleep(pause)
                pause = min(LONGEST_PAUSE, pause * 2)
                continue
            self.worker = self.told["worker"]
            log.info("registered as %s for the queues %s", self.told["name"], ", ".join(self.told["queues"]))
            if self.told.get("notice"):
                log.warning("%s", self.told["notice"])
            return

    def _introduction(self) -> dict[str, Any]:
        walls = NO_WALLS if self.options.no_walls else building.detect()
        log.info("walls around engines: %s", walls)
        return {
            "name": self.options.name,
            "host": platform.node(),
            "queues": self.options.queues,
            "devices": _counted(self.slots),
            "slots": [{"number": slot.number, "device": slot.device} for slot in self.slots],
            "labels": self.options.label,
            "versions": {"python": platform.python_version(), "system": platform.platform()},
            "walls": walls.as_json(),
            "container_runtime": self.containers.told if self.containers else "",
        }

    def _keep_slots(self) -> None:
        """Until the worker must stop. Raises Refused."""
        beat_at = 0.0
        started: dict[int, float] = {}
        while not self.stops_asked and not (self.leaving and not self.children):
            for slot in self.slots:
                self._tend(slot, started)
            if time.monotonic() - beat_at >= BEAT_SECONDS:
                beat_at = time.monotonic()
                self._beat()
            self._sleep(LOOK_SECONDS)

    def _tend(self, slot: hardware.Slot, started: dict[int, float]) -> None:
        child = self.children.get(slot.number)
        if child is not None and child.poll() is None:
            return
        if child is not None:
            del self.children[slot.number]
            if child.returncode == REFUSED:
                raise Refused("it took the token back")
        since = time.monotonic() - started.get(slot.number, float("-inf"))
        if not self.leaving and since >= RESTART_SECONDS:
            started[slot.number] = time.monotonic()
            self.children[slot.number] = self._start(slot)

    def _start(self, slot: hardware.Slot) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(
            [sys.executable, "-c", SLOT, str(building.code_root())],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        assert child.stdin
        child.stdin.write(json.dumps(self._order_for(slot)).encode() + b"\n")
        child.stdin.close()
        return child

    def _order_for(self, slot: hardware.Slot) -> dict[str, Any]:
        options = self.options
        threads = max(1, len(os.sched_getaffinity(0)) // len(self.slots))
        return {
            "hub_url": options.hub,
            "token": options.token,
            "worker": self.worker,
            "slot": slot.number,
            "turn": str(Path(options.work_dir) / "turn"),
            "walls": not options.no_walls,
            "containers": asdict(self.containers) if self.containers else None,
            "conditions": {
                "python": options.python,
                "work_dir": str(options.work_dir),
                "hub_url": options.hub,
                "heartbeat_seconds": self.told["heartbeat_seconds"],
                "lease_seconds": self.told["lease_seconds"],
                "threads": options.threads or threads,
                "memory_bytes": options.memory_mb * 1_000_000,
                "disk_bytes": options.disk_mb * 1_000_000,
                "cards": None if slot.card is None else str(slot.card),
                "other_hosts": options.other_host,
                "allows_unwalled_code": options.allow_unwalled_code,
            },
        }

    def _beat(self, *, leaving: bool = False) -> None:
        try:
            answer = self.hub.post(f"{self.worker}/heartbeat", {"leaving": leaving}, seconds=10)
        except HubUnreachable as error:
            log.warning("heartbeat missed: %s", error)
        except Forgotten:
            self._register()
        else:
            if answer.get("wish") == "drain" and not self.leaving:
                log.info("asked to drain: running jobs end, no new ones are taken")
                self.leaving = True
                for child in self.children.values():
                    child.send_signal(signal.SIGUSR1)

    def _end(self) -> None:
        if not self.children:
            return
        if self.worker:
            self._beat_out()
        for child in self.children.values():
            child.terminate()
        while self.stops_asked < 2 and any(child.poll() is None for child in self.children.values()):
            time.sleep(LOOK_SECONDS)
        for child in self.children.values():
            if child.poll() is None:
                child.kill()
            child.wait()

    def _beat_out(self) -> None:
        try:
            self.hub.post(f"{self.worker}/heartbeat", {"leaving": True}, seconds=5)
        except (HubUnreachable, Forgotten, Refused) as error:
            log.warning("the hub was not told: %s", error)

    def _remove_old_folders(self) -> None:
        """Scratch space of jobs that were never finished here and were not touched for a week."""
        work_dir = Path(self.options.work_dir)
        work_dir.mkdir(parents=True, exist_ok=True)
        for path in work_dir.iterdir():
            if _is_id(path.name) and time.time() - path.stat().st_mtime > OLD_FOLDER_SECONDS:
                engine_process.remove_folder(path.name, work_dir)

    def _sleep(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self.stops_asked and time.monotonic() < end:
            time.sleep(min(0.1, seconds))


def _counted(slots: list[hardware.Slot]) -> list[dict[str, Any]]:
    """Each device once, equal cards counted together."""
    devices: dict[str, dict[str, Any]] = {}
    seen: set[int | None] = set()
    for slot in slots:
        if slot.card in seen:
            continue
        seen.add(slot.card)
        key = f"{slot.device['kind']} {slot.device['name']}"
        if key in devices:
            devices[key]["count"] += 1
        else:
            devices[key] = dict(slot.device)
    return list(devices.values())


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _label(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise argparse.ArgumentTypeError(f"write NAME=VALUE, not {text!r}")
    return name[:40], value[:100]


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="llmos-worker", description="Runs jobs of a hub on this machine.")
    add = parser.add_argument
    add("--hub", required=True, help="address of the hub")
    add("--token", default=os.environ.get("LLMOS_WORKER_TOKEN", ""), help="else by LLMOS_WORKER_TOKEN")
    add("--token-file", type=Path, help="file that holds the token")
    add("--name", default=platform.node()[:100], help="how the hub calls it (this host's name)")
    add("--queues", default="", help="queues to serve, a,b (all that the token allows)")
    add("--devices", default="auto", help="auto, cpu, or numbers of cards as 0,1 (auto)")
    add("--concurrency", type=int, default=1, help="jobs on each device at a time (1)")
    add("--work-dir", type=Path, default=Path("llmos-work"), help="scratch space (./llmos-work)")
    add("--label", type=_label, action="append", default=[], metavar="NAME=VALUE")
    add("--python", default=sys.executable, help="interpreter of the engines (this one)")
    add("--threads", type=int, default=0, help="processor threads of a job (an equal share)")
    add("--memory-mb", type=int, default=0, help="memory of a job (no limit)")
    add("--disk-mb", type=int, default=0, help="scratch space of a job (no limit)")
    add("--other-host", action="append", default=[], metavar="HOST:PORT", help="reached, too")
    add("--container-runtime", default="", metavar="PROGRAM", help="podman or docker: takes containers, too")
    add("--container-network", action="store_true", help="containers may have a network")
    add("--no-walls", action="store_true", help="engines run with limits only")
    add("--allow-unwalled-code", action="store_true", help="run models' programs without walls")
    options = parser.parse_args(arguments)
    if options.token_file:
        options.token = options.token_file.read_text().strip()
    if not options.token:
        parser.error("set LLMOS_WORKER_TOKEN or give --token-file")
    options.hub = options.hub.rstrip("/")
    options.queues = [name.strip() for name in options.queues.split(",") if name.strip()]
    options.label = dict(options.label)
    options.work_dir = options.work_dir.absolute()
    return options


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        slots = hardware.slots(options.devices, max(1, options.concurrency))
    except ValueError as error:
        log.critical("%s", error)
        return 2
    hub = HubConnection(options.hub, options.token)
    return Program(options, hub, slots, containers=_runtime(options)).run()


def _runtime(options: argparse.Namespace) -> Runtime | None:
    """Containers run only where whoever starts the worker says so, and a runtime answers."""
    program = options.container_runtime
    if not program or not (told := containers.ask(program)):
        return None
    return Runtime(
        program=program,
        told=told,
        memory_bytes=(options.memory_mb or CONTAINER_MEMORY_MB) * 1_000_000,
        disk_bytes=(options.disk_mb or CONTAINER_DISK_MB) * 1_000_000,
        processes=CONTAINER_PROCESSES,
        cpus=options.threads,
        network=options.container_network,
    )
