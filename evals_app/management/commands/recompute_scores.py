"""`manage.py recompute_scores`: claims of cards and states of runs, also of those from before either was
kept."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from evals_app.claims import services as claims
from evals_app.runs import selectors as runs
from evals_app.trust import services as trust
from hub.core.commands import OperatorCommand
from models_app.repositories import derived
from models_app.repositories.models import RepositoryType


class Command(OperatorCommand):
    help = (
        "Read the claims of every model's card again, compare every run with those of others, and count what "
        "came out. Repeating it changes nothing; it is safe beside a running hub."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--only", choices=["claims", "states"], help="both, if not given")

    def run(self, **options: Any) -> None:
        only = options["only"]
        if only != "states":
            models = found = 0
            for repository in derived.every_repository():
                if repository.type == RepositoryType.MODEL:
                    models, found = models + 1, found + claims.import_claims(repository)
            self.tell(f"{found} claims on the cards of {models} models.", models=models, claims=found)
        if only != "claims":
            for run_id in runs.every_id():
                trust.settle_again(run_id)
            states = runs.count_by_state()
            told = ", ".join(f"{number} {state}" for state, number in sorted(states.items())) or "no runs"
            self.tell(f"States: {told}.", **states)
