"""`manage.py import_benchmark task.yaml --as NAME`: a task file of lm-evaluation-harness, converted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evals_app.catalog import imports
from evals_app.catalog.declaration import FILE_NAME
from hub.accounts import selectors as accounts
from hub.core.errors import HubError
from models_app.commits import services as commits
from models_app.commits.operations import AddFile
from models_app.repositories import access


class Command(BaseCommand):
    help = "Convert a task file of lm-evaluation-harness (without code) and print it, or commit it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--as", dest="username", required=True, help="whose rights count")
        parser.add_argument("--to", help="namespace/name of a dataset repository that gets the declaration")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            actor = accounts.actor_for_user(accounts.get_user(options["username"]))
            declaration = imports.from_harness(actor, options["file"].read_text(encoding="utf-8"))
            if options["to"]:
                repository = access.get_repository_for(actor, "dataset", options["to"], access.Need.WRITE)
                file = AddFile(FILE_NAME, declaration.encode())
                commits.commit(actor, repository, "main", [file], summary=f"Import {options['file'].name}")
        except (HubError, OSError, UnicodeDecodeError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(declaration)
