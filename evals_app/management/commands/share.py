"""`manage.py share show | weight | limit | budget | reserve | release`: how much an owner may use."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandParser

from evals_app.compute import budgets, selectors, shares
from evals_app.compute.models import DeviceClass
from hub.accounts import selectors as accounts
from hub.core.commands import OperatorCommand
from hub.core.errors import InvalidInput


class Command(OperatorCommand):
    help = "Weights, limits of running jobs, budgets and reservations of an owner."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        actions = parser.add_subparsers(dest="action", required=True)
        made = {
            name: actions.add_parser(name, help=text)
            for name, text in (
                ("show", "weight, budgets and what is used this month"),
                ("weight", "how much of a contested queue it gets, beside the others' weights"),
                ("limit", "how many of its jobs run in a queue at a time"),
                ("budget", "hours of a month on a class of devices; without a limit it is lifted"),
                ("reserve", "keep a share of a queue's slots for a while"),
            )
        }
        for action in made.values():
            action.add_argument("owner")
        made["weight"].add_argument("weight", type=float)
        made["limit"].add_argument("queue")
        made["limit"].add_argument("most", type=int, nargs="?", help="nothing lifts the limit")
        made["budget"].add_argument("device_class", choices=DeviceClass.values)
        made["budget"].add_argument("--soft", type=float, metavar="HOURS", help="tell its administrators")
        made["budget"].add_argument("--hard", type=float, metavar="HOURS", help="take and start nothing more")
        made["reserve"].add_argument("queue")
        made["reserve"].add_argument("share", type=float, help="0.25 for a quarter")
        made["reserve"].add_argument("--from", dest="starts", metavar="TIME", help="now, if not given")
        made["reserve"].add_argument("--until", dest="ends", metavar="TIME", required=True)
        actions.add_parser("release", help="end a reservation").add_argument("number", type=int)

    def run(self, **options: Any) -> None:
        ACTIONS[options["action"]](self, options)

    def show(self, options: dict[str, Any]) -> None:
        owner = accounts.get_namespace(options["owner"])
        weight = shares.weights_of([owner.pk])[owner.pk]
        rows = budgets.accounts_of(owner.pk)
        lines = [f"{owner.name}: weight {weight:g}"]
        lines += [
            f"  {row.device_class}: used {row.used:.2f} h, not charged {row.failed:.2f} h, "
            f"lent {row.lent:.2f} h, limits {_limit(row.soft)} / {_limit(row.hard)}"
            for row in rows
        ]
        facts = {row.device_class.value: {"used": row.used, "lent": row.lent} for row in rows}
        self.tell("\n".join(lines), owner=owner.name, weight=weight, **facts)

    def weight(self, options: dict[str, Any]) -> None:
        owner = accounts.get_namespace(options["owner"])
        shares.set_weight(owner, options["weight"])
        self.tell(f"{owner.name}: weight {options['weight']:g}", owner=owner.name)

    def limit(self, options: dict[str, Any]) -> None:
        owner, queue = accounts.get_namespace(options["owner"]), selectors.get_queue(options["queue"])
        shares.set_running_limit(owner, queue, options["most"])
        most = "as many as there are slots" if options["most"] is None else options["most"]
        self.tell(f"{owner.name} in {queue.slug}: {most} at a time", owner=owner.name)

    def budget(self, options: dict[str, Any]) -> None:
        owner = accounts.get_namespace(options["owner"])
        soft, hard = options["soft"], options["hard"]
        budgets.set_budget(owner, options["device_class"], soft_hours=soft, hard_hours=hard)
        self.tell(
            f"{owner.name}, {options['device_class']}: {_limit(soft)} / {_limit(hard)} hours a month",
            owner=owner.name,
        )

    def reserve(self, options: dict[str, Any]) -> None:
        owner, queue = accounts.get_namespace(options["owner"]), selectors.get_queue(options["queue"])
        starts = _moment(options["starts"]) if options["starts"] else datetime.now(UTC)
        made = shares.reserve(owner, queue, options["share"], starts, _moment(options["ends"]))
        self.tell(f"Reservation {made.pk}: {made.share:.0%} of {queue.slug} until {made.ends_at}", id=made.pk)

    def release(self, options: dict[str, Any]) -> None:
        shares.release(options["number"])
        self.tell(f"Reservation {options['number']} has ended.", id=options["number"])


ACTIONS = {
    "show": Command.show,
    "weight": Command.weight,
    "limit": Command.limit,
    "budget": Command.budget,
    "reserve": Command.reserve,
    "release": Command.release,
}


def _limit(hours: float | None) -> str:
    return "none" if hours is None else f"{hours:g}"


def _moment(text: str) -> datetime:
    """A time without a zone is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{text!r} is no time; write 2026-01-31T18:00.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
