"""`manage.py reindex`: rebuild from git what the database derives from it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from hub.core.commands import OperatorCommand
from hub.core.errors import NotFound
from models_app.commits import services
from models_app.repositories import derived
from models_app.repositories.access import get_repository_named
from models_app.repositories.models import RepositoryType


class Command(OperatorCommand):
    help = "Rebuild heads, sizes, card columns, tags and last changes of one repository, or of all."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("repository", nargs="?", help="namespace/name; all when left out")
        parser.add_argument("--type", choices=RepositoryType.values, default=RepositoryType.MODEL.value)

    def run(self, **options: Any) -> None:
        name = options["repository"]
        repositories = [get_repository_named(options["type"], name)] if name else derived.every_repository()
        failed: list[str] = []
        count = 0
        for repository in repositories:
            try:
                services.reindex(repository)
                count += 1
            except NotFound as error:
                failed.append(f"{repository.full_id}: {error.message}")
        text = "\n".join([f"Reindexed {count} repositories.", *failed])
        self.tell(text, reindexed=count, failed=failed)
