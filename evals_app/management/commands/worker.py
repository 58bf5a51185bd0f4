"""`manage.py worker list | pause | resume | drain | revoke | approve`"""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from evals_app.compute import lending, selectors
from evals_app.compute.models import WorkerWish
from evals_app.jobs import lent
from hub.core.commands import OperatorCommand
from hub.core.errors import NotFound

WISHES = {"pause": WorkerWish.PAUSE, "resume": WorkerWish.RUN, "drain": WorkerWish.DRAIN}


class Command(OperatorCommand):
    help = "List workers; pause, resume or drain one by name; revoke a worker token by number."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("act", choices=["list", *WISHES, "revoke"])
        parser.add_argument("what", nargs="?", default="", help="name of a worker, or number of a token")

    def run(self, **options: Any) -> None:
        act, what = options["act"], options["what"]
        if act == "list":
            self._list()
        elif act == "revoke":
            lent.revoke(None, lending.get_pass(int(what) if what.isdecimal() else 0))
            self.tell(f"Revoked worker token {what}; what its workers held is back in the queues.")
        else:
            worker = selectors.find_worker(what)
            if worker is None:
                raise NotFound(f"There is no worker {what!r}.")
            lent.set_wish(None, worker, WISHES[act])
            self.tell(f"{worker.name}: {WISHES[act]}")

    def _list(self) -> None:
        workers = selectors.workers()
        lines = [f"{w.name}  {', '.join(w.queues)}  {w.wish}  {selectors.is_alive(w)}" for w in workers]
        self.tell("\n".join(lines) or "No worker has reported yet.", workers=[w.name for w in workers])
