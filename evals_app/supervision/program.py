"""A worker on any machine: registers, asks for jobs, runs each in a process, tells the hub that it lives."""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any
from uuid import UUID

from evals_app.jobs import wire
from evals_app.jobs.exchange import Ending, Lease, Outcome
from evals_app.jobs.failures import Failure, FailureCode
from evals_app.supervision import engine_process, hardware
from evals_app.supervision.asking import Question
from evals_app.supervision.conditions import NO_WALLS
from evals_app.supervision.coordination import HubUnreachable
from evals_app.supervision.hub_connection import Forgotten, Free, HttpCoordinator, HubConnection, Refused
from evals_app.supervision.places import Given, Places
from walls import building, containers, processes
from walls.containers import Runtime

log = logging.getLogger("llmos-worker")

BEAT_SECONDS = 5.0
LOOK_SECONDS = 0.2
LONGEST_PAUSE = 30.0
LONGEST_ASKING_PAUSE = 15.0
# After a process of a job that ended by an error: nothing may burn through a queue.
RESTART_SECONDS = 2.0
OLD_FOLDER_SECONDS = 7 * 86_400
REFUSED = 3
# Of a container where the worker's options set no limit: it never runs without.
CONTAINER_MEMORY_MB, CONTAINER_DISK_MB, CONTAINER_PROCESSES = 4096, 1024, 512
ATTEMPT = "import sys; sys.path.insert(0, sys.argv.pop(1)); from evals_app.supervision.attempt import main; sys.exit(main())"  # noqa: E501


@dataclass(frozen=True, slots=True)
class Running:
    """A job, the process that runs it, and what it was given of this machine."""

    lease: Lease
    given: Given
    process: subprocess.Popen[bytes]


@dataclass(slots=True)
class Program:
    options: argparse.Namespace
    hub: HubConnection
    places: Places
    worker: str = ""
    told: dict[str, Any] = field(default_factory=dict)
    running: list[Running] = field(default_factory=list)
    question: Question | None = None
    ask_at: float = 0.0
    pause: float = 1.0
    news: threading.Event = field(default_factory=threading.Event)
    stops_asked: int = 0
    leaving: bool = False
    containers: Runtime | None = None

    @property
    def coordinator(self) -> HttpCoordinator:
        return HttpCoordinator(self.hub, self.worker)

    def run(self) -> int:
        signal.signal(signal.SIGTERM, self._ask_to_stop)
        signal.signal(signal.SIGINT, self._ask_to_stop)
        processes.end_leftovers()
        if self.containers is not None:
            containers.remove_leftovers(self.containers.program)
        self._remove_old_folders()
        try:
            self._register()
            self._work()
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
            "devices": self.places.devices,
            "slots": self.places.slots,
            "labels": self.options.label,
            "versions": {"python": platform.python_version(), "system": platform.platform()},
            "walls": walls.as_json(),
            "container_runtime": self.containers.told if self.containers else "",
        }

    def _work(self) -> None:
        """Until the worker must stop. Raises Refused."""
        beat_at = float("-inf")
        while not self.stops_asked and not (self.leaving and not self.running):
            self._look_after_jobs()
            if time.monotonic() - beat_at >= BEAT_SECONDS:
                beat_at = time.monotonic()
                self._beat()
            if not self.leaving and time.monotonic() >= self.ask_at:
                self._look_for_work()
            self.news.wait(LOOK_SECONDS)
            self.news.clear()

    def _look_for_work(self) -> None:
        """Raises Refused."""
        free = self.places.free
        if self.question is None or self.question.free != free:
            # What a question about other places finds is of no interest any more.
            self.question = Question(self.coordinator, free, self.news.set) if free else None
        elif self.question.is_answered:
            question, self.question = self.question, None
            try:
                ask_again_in = question.ask_again_in
                if ask_again_in is None:
                    self._take_next(free)
            except HubUnreachable as error:
                log.warning("the hub does not answer (%s); next try in %.0f s", error, self.pause)
                self.ask_at = time.monotonic() + self.pause
                self.pause = min(LONGEST_ASKING_PAUSE, self.pause * 2)
            except Forgotten:
                self._register()
            else:
                if self.pause > 1.0:
                    log.info("the hub answers again")
                self.pause = 1.0
                self.ask_at = time.monotonic() + (ask_again_in or 0.0)
            self.news.set()

    def _take_next(self, free: Free) -> None:
        """Raises HubUnreachable, Refused, Forgotten."""
        lease = self.coordinator.lease_next(free)
        if lease is None:
            return
        try:
            given = self.places.take(lease.slots, lease.memory_bytes)
        except ValueError as error:
            self._report(lease, Outcome(Ending.GIVEN_BACK))
            raise HubUnreachable(str(error)) from error
        self.running.append(Running(lease, given, self._start(lease, given)))

    def _start(self, lease: Lease, given: Given) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(
            [sys.executable, "-c", ATTEMPT, str(building.code_root())],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        assert child.stdin
        # One that ended at once is noticed like one that ends later.
        with suppress(BrokenPipeError):
            child.stdin.write(json.dumps(self._order_for(lease, given)).encode() + b"\n")
            child.stdin.close()
        return child

    def _order_for(self, lease: Lease, given: Given) -> dict[str, Any]:
        options = self.options
        threads = max(1, len(os.sched_getaffinity(0)) * len(given.slots) // len(self.places))
        is_shared = given.cards is None and self.places.concurrency > 1
        return {
            "hub_url": options.hub,
            "token": options.token,
            "worker": self.worker,
            "lease": wire.lease_as_json(lease),
            "walls": not options.no_walls,
            "containers": asdict(self.containers) if self.containers else None,
            "conditions": {
                "python": options.python,
                "work_dir": str(options.work_dir),
                "hub_url": options.hub,
                "heartbeat_seconds": self.told["heartbeat_seconds"],
                "lease_seconds": self.told["lease_seconds"],
                "threads": options.threads or threads,
                "memory_bytes": options.memory_mb * 1_000_000 or (given.memory_bytes if is_shared else 0),
                "disk_bytes": options.disk_mb * 1_000_000,
                "cards": given.cards,
                "other_hosts": options.other_host,
                "allows_unwalled_code": options.allow_unwalled_code,
            },
        }

    def _look_after_jobs(self) -> None:
        for job in [job for job in self.running if job.process.poll() is not None]:
            self.running.remove(job)
            self.places.release(job.given)
            if job.process.returncode != 0:
                log.error("the process of job %s ended with %s", job.lease.job_id, job.process.returncode)
                self._report_unfinished(job.lease)
                self.ask_at = time.monotonic() + RESTART_SECONDS

    def _report_unfinished(self, lease: Lease) -> None:
        """A job whose process was killed need not wait for the end of its lease."""
        if self.stops_asked:
            self._report(lease, Outcome(Ending.GIVEN_BACK))
        else:
            failure = Failure(
                FailureCode.LOST_WORKER, "The process that ran the job on its worker was ended."
            )
            self._report(lease, Outcome(Ending.FAILED, failure=failure))

    def _report(self, lease: Lease, outcome: Outcome) -> None:
        try:
            self.coordinator.finish(lease, outcome)
        except HubUnreachable as error:
            log.warning("the hub was not told: %s", error)

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

    def _end(self) -> None:
        if not self.worker:
            return
        self._beat_out()
        for job in self.running:
            job.process.terminate()
        while self.stops_asked < 2 and any(job.process.poll() is None for job in self.running):
            time.sleep(LOOK_SECONDS)
        for job in self.running:
            if job.process.poll() is None:
                job.process.kill()
            job.process.wait()
        self._look_after_jobs()

    def _beat_out(self) -> None:
        try:
            self.hub.post(f"{self.worker}/heartbeat", {"leaving": True}, seconds=3)
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
        places = Places(hardware.chosen(options.devices), max(1, options.concurrency))
    except ValueError as error:
        log.critical("%s", error)
        return 2
    hub = HubConnection(options.hub, options.token)
    return Program(options, hub, places, containers=_runtime(options)).run()


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
