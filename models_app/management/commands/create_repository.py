"""`manage.py create_repository acme/t5 --as alice`: what the site's form does, without a browser."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from hub.accounts import selectors
from hub.core.commands import OperatorCommand
from models_app.repositories import services
from models_app.repositories.models import RepositoryType


class Command(OperatorCommand):
    help = "Create a repository with its initial commit."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("repository", help="namespace/name")
        parser.add_argument("--as", dest="user", required=True, help="the user who creates it")
        parser.add_argument("--type", choices=RepositoryType.values, default=RepositoryType.MODEL.value)
        parser.add_argument("--private", action="store_true", default=None)

    def run(self, **options: Any) -> None:
        actor = selectors.actor_for_user(selectors.get_user(options["user"]))
        made = services.create(actor, options["type"], options["repository"], private=options["private"])
        self.tell(
            f"Created {made.visibility} {made.type} {made.full_id}.",
            id=made.pk,
            type=made.type,
            repository=made.full_id,
            visibility=made.visibility,
            head=made.head,
        )
