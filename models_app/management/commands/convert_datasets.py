"""`manage.py convert_datasets`: datasets become Parquet now, without waiting for a worker."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from hub.core.commands import OperatorCommand
from models_app.viewer import services


class Command(OperatorCommand):
    help = "Bring the Parquet form of the named datasets up to date; without names, of all that are behind."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("names", nargs="*", metavar="namespace/name")

    def run(self, **options: Any) -> None:
        count = services.refresh_now(options["names"])
        self.tell(f"{count} datasets converted.", datasets=count)
