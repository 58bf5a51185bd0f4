"""`manage.py disable_repository acme/t5 [--enable]`: shut a repository for everybody but the operator."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from hub.core.commands import OperatorCommand
from models_app.repositories import access, services
from models_app.repositories.models import RepositoryType


class Command(OperatorCommand):
    help = "Disable a repository: it stays listed, and whatever is asked of it is refused. --enable opens it."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("repository", help="namespace/name")
        parser.add_argument("--type", choices=RepositoryType.values, default=RepositoryType.MODEL.value)
        parser.add_argument("--enable", action="store_true")

    def run(self, **options: Any) -> None:
        repository = access.get_repository_named(options["type"], options["repository"])
        services.set_disabled(repository, disabled=not options["enable"])
        state = "disabled" if repository.is_disabled else "enabled"
        self.tell(f"{repository.full_id} is {state}.", repository=repository.full_id, state=state)
