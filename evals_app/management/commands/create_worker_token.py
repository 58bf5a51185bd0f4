"""`manage.py create_worker_token USER --queues cpu`; the last line is the secret and nothing else."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from evals_app.compute import lending
from hub.accounts import selectors
from hub.core.commands import OperatorCommand


class Command(OperatorCommand):
    help = "Create a worker token: whoever has it joins machines to queues, and can do nothing else."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("user", help="who answers for the machine")
        parser.add_argument("--queues", required=True, help="queues it may serve, separated by commas")
        parser.add_argument("--name", default="worker")
        parser.add_argument("--lender", help="organization that lends the machine")

    def run(self, **options: Any) -> None:
        user = selectors.get_user(options["user"])
        lender = selectors.get_organization(options["lender"]) if options["lender"] else None
        queues = [slug.strip() for slug in options["queues"].split(",") if slug.strip()]
        made, secret = lending.issue(user, options["name"], queues, lender=lender, approved=True)
        self.tell(
            f"Created worker token {made.pk} for {', '.join(made.queues)}:\n{secret}",
            id=made.pk,
            queues=made.queues,
            lender=lender.name if lender else None,
            token=secret,
        )
