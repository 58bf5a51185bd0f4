"""`manage.py up`: the whole hub on this machine, under one foreground process."""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand

from hub.site import processes
from hub.site.processes import Child, Keeper


class Command(BaseCommand):
    help = "Start web server, workers, scheduler and (where none is configured) Redis; stop all on Ctrl-C."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        lock = self._only_one(settings.DATA_DIR / "up.lock")
        env = dict(os.environ)
        keeper = Keeper(settings.BASE_DIR, settings.DATA_DIR / "logs", env, self._say)
        for stop_signal in (signal.SIGINT, signal.SIGTERM):
            signal.signal(stop_signal, self._interrupt)
        try:
            self._start_broker(keeper)
            self._prepare()
            self._start_hub(keeper)
            self._wait_for_web(keeper)
            self._greet()
            self._start_demo(keeper)
            keeper.watch()
        except KeyboardInterrupt:
            self._say("stopping ...")
        finally:
            for stop_signal in (signal.SIGINT, signal.SIGTERM):
                signal.signal(stop_signal, signal.SIG_IGN)
            keeper.stop()
            lock.close()
        self._say("stopped. `make run` continues where this left off.")

    def _say(self, text: str) -> None:
        self.stdout.write(f"{time.strftime('%H:%M:%S')}  {text}")
        self.stdout.flush()

    @staticmethod
    def _interrupt(*_args: object) -> None:
        raise KeyboardInterrupt

    @staticmethod
    def _only_one(path: Path) -> Any:
        lock = path.open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CommandError(f"A hub is running on {settings.DATA_DIR} already.") from None
        return lock

    def _start_broker(self, keeper: Keeper) -> None:
        if settings.REDIS_URL or settings.BROKER_KIND != "redis":
            return
        program = processes.redis_program()
        if program is None:
            self._say("no Redis on this machine: messages pass through the file system")
            keeper.env["HUB_BROKER"] = "filesystem"
            return
        socket = settings.EMBEDDED_REDIS_SOCKET
        keeper.start(Child("redis", processes.redis_command(program, socket)))
        deadline = time.monotonic() + 10
        while not socket.exists():
            if time.monotonic() > deadline:
                raise CommandError(f"Redis did not start; see {keeper.log_dir / 'redis.log'}")
            time.sleep(0.02)

    def _prepare(self) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("compute_setup", verbosity=0, stdout=io.StringIO())
        stamp = settings.DATA_DIR / "static" / ".stamp"
        state = static_state()
        if not stamp.exists() or stamp.read_text() != state:
            call_command("collectstatic", verbosity=0, interactive=False)
            stamp.write_text(state)

    def _start_hub(self, keeper: Keeper) -> None:
        keeper.start(
            Child(
                "web",
                processes.web_command(
                    settings.HOST, settings.PORT, settings.WEB_WORKERS, settings.WEB_THREADS
                ),
            )
        )
        keeper.start(Child("worker-core", processes.core_worker_command()))
        keeper.start(Child("scheduler", processes.scheduler_command(settings.DATA_DIR)))
        installed = Path(settings.ENGINE_PYTHON).parent.parent / ".installed"
        default_place = settings.BASE_DIR / ".venv-engines"
        if installed.parent == default_place and not installed.exists():
            self._say("installing the engines' packages in the background; jobs wait until that is done")
            keeper.start(
                Child("engines-setup", ["make", "engines", f"PYTHON={sys.executable}"], keep_alive=False)
            )
            ready = installed.exists
        else:
            ready = Path(settings.ENGINE_PYTHON).exists
        for queue in settings.COMPUTE_QUEUES:
            keeper.start(Child(f"worker-{queue}", processes.compute_worker_command(queue), ready=ready))

    def _wait_for_web(self, keeper: Keeper) -> None:
        address = (
            f"http://{settings.HOST if settings.HOST != '0.0.0.0' else '127.0.0.1'}:{settings.PORT}/healthz"  # noqa: S104
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(address, timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                keeper.watch(0.2)
        raise CommandError(f"The web server does not answer; see {keeper.log_dir / 'web.log'}")

    def _greet(self) -> None:
        url = settings.PUBLIC_URL
        self.stdout.write(
            f"\n  {settings.SITE_NAME} is up:  {url}\n\n"
            f"  Sign up:    {url}/accounts/signup/\n"
            f"  Operator:   .venv/bin/python manage.py create_user NAME --staff\n"
            f"  Clients:    export HF_ENDPOINT={url}    then hf upload, hf download, from_pretrained ...\n"
            f"  Data:       {settings.DATA_DIR}\n"
            f"  Logs:       {settings.DATA_DIR / 'logs'}\n"
            f"  Stop:       Ctrl-C\n\n"
        )
        self.stdout.flush()

    def _start_demo(self, keeper: Keeper) -> None:
        if settings.DEMO:
            from hub.site import demo

            keeper.start(
                Child("demo", [sys.executable, "manage.py", "demo"], keep_alive=False),
            )
            self.stdout.write(demo.sign_in_hint())


def static_state() -> str:
    """Changes when a static file of ours or the set of installed packages does."""
    folder = settings.BASE_DIR / "templates" / "static"
    parts = [(settings.BASE_DIR / "requirements" / "web.txt").read_text()]
    parts += [
        f"{file.relative_to(folder)} {hashlib.sha256(file.read_bytes()).hexdigest()}"
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
