"""`manage.py queue list | create | change | pause | resume`: where jobs wait, and for which hardware."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.core.management.base import CommandParser

from evals_app.compute import requirements, selectors, services
from evals_app.compute.models import DeviceClass, Queue
from evals_app.compute.services import QueueSettings
from evals_app.jobs import services as jobs
from hub.core.commands import OperatorCommand

SETTINGS = ("device_class", "description", "gpu_pattern", "memory_gb", "devices", "max_time_limit_seconds")


class Command(OperatorCommand):
    help = "List, create, change, pause and resume queues. What is not given stays as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("list", help="all queues, with what they declare")
        for name in ("create", "change"):
            action = actions.add_parser(name)
            action.add_argument("slug")
            action.add_argument("--device-class", choices=DeviceClass.values, required=name == "create")
            action.add_argument("--description")
            action.add_argument("--gpu-pattern", help="which cards, as in a shell: '*H100*'")
            action.add_argument("--memory-gb", type=float, help="of one device")
            action.add_argument("--devices", type=int, help="of one machine")
            action.add_argument("--max-time-limit-seconds", type=int)
        for name in ("pause", "resume"):
            actions.add_parser(name).add_argument("slug")

    def run(self, **options: Any) -> None:
        ACTIONS[options["action"]](self, options)

    def list_queues(self, options: dict[str, Any]) -> None:
        queues = selectors.queues()
        lines = [_line(queue) for queue in queues]
        self.tell("\n".join(lines) or "No queues.", queues=[_facts(queue) for queue in queues])

    def create(self, options: dict[str, Any]) -> None:
        given = {name: options[name] for name in SETTINGS if options[name] is not None}
        queue = services.create_queue(options["slug"], QueueSettings(**given))
        self.tell(f"Created: {_line(queue)}", **_facts(queue))

    def change(self, options: dict[str, Any]) -> None:
        queue = selectors.get_queue(options["slug"])
        given = {name: options[name] for name in SETTINGS if options[name] is not None}
        queue = services.change_queue(queue, replace(services.settings_of(queue), **given))
        self.tell(f"Changed: {_line(queue)}", **_facts(queue))

    def pause(self, options: dict[str, Any]) -> None:
        services.set_paused(selectors.get_queue(options["slug"]), paused=True)
        self.tell(f"{options['slug']} is paused; what runs goes on.", slug=options["slug"], paused=True)

    def resume(self, options: dict[str, Any]) -> None:
        services.set_paused(selectors.get_queue(options["slug"]), paused=False)
        jobs.wake_idle_workers()
        self.tell(f"{options['slug']} takes and starts jobs.", slug=options["slug"], paused=False)


ACTIONS = {
    "list": Command.list_queues,
    "create": Command.create,
    "change": Command.change,
    "pause": Command.pause,
    "resume": Command.resume,
}


def _line(queue: Queue) -> str:
    machines = selectors.machines_of(queue.slug)
    state = "paused" if queue.is_paused else "open"
    offer = requirements.most_of(queue, machines)
    return (
        f"{queue.slug:<12} {queue.device_class:<4} {state:<7} at most {offer}  {queue.description}".rstrip()
    )


def _facts(queue: Queue) -> dict[str, Any]:
    settings = services.settings_of(queue)
    return {"slug": queue.slug, "paused": queue.is_paused} | {n: getattr(settings, n) for n in SETTINGS}
