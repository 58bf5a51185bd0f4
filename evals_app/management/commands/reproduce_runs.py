"""`manage.py reproduce_runs`: every number on the public boards once more, by its printed command."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from evals_app.leaderboards import selectors as boards
from evals_app.runs.repeating import Ending, Repeater
from hub.accounts.actors import ANONYMOUS
from hub.core.commands import OperatorCommand


class Command(OperatorCommand):
    help = (
        "Repeat the runs behind the public leaderboards outside of the hub, which must be running. What is "
        "known stands in FOLDER/results.jsonl; an interrupted command goes on where it was."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("folder", type=Path, help="where it works; several GB for the packages")
        parser.add_argument("--board", action="append", metavar="SLUG", help="only this one; may be repeated")
        parser.add_argument("--hub", default=settings.PUBLIC_URL, metavar="URL", help="where the hub answers")
        parser.add_argument("--limit-seconds", type=int, default=3600, help="of one run (3600)")

    def run(self, **options: Any) -> None:
        folder = options["folder"].absolute()
        folder.mkdir(parents=True, exist_ok=True)
        results = folder / "results.jsonl"
        known = [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
        endings = {one["run"]: one["ending"] for one in known if one["ending"] != Ending.FAILED}
        repeater = Repeater(folder, options["hub"].rstrip("/"), limit_seconds=options["limit_seconds"])
        # An external one needs a key for its server, held-out items the right to read them.
        found_there = boards.runs_on_boards(ANONYMOUS, options["board"])
        runs = [run for run in found_there if not run.is_external and not run.is_held_out]
        for run in runs:
            if str(run.pk) in endings:
                continue
            found = repeater.repeat(run)
            endings[found.run] = found.ending
            with results.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(found)) + "\n")
            self.tell(
                f"{found.ending}: {found.title} ({found.seconds:.0f} s) {found.problem}", **asdict(found)
            )
        counted = Counter(endings[str(run.pk)] for run in runs)
        self.tell(f"{len(runs)} runs: " + ", ".join(f"{counted[one]} {one}" for one in Ending), **counted)
        if counted[Ending.EQUAL] < len(runs):
            raise CommandError("Not every run was reproduced.")
