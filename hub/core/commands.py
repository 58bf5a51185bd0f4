"""What the operator's commands have in common: domain errors as sentences, results for people or scripts."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hub.core.errors import HubError


class OperatorCommand(BaseCommand):
    """Subclasses write `run`. Exit status 1 and one sentence on standard error for a refusal."""

    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object for scripts")

    def handle(self, *_args: Any, **options: Any) -> None:
        self.as_json = bool(options["json"])
        try:
            self.run(**options)
        except HubError as error:
            raise CommandError(error.message) from error

    def run(self, **options: Any) -> None:
        raise NotImplementedError

    def tell(self, sentence: str, **facts: Any) -> None:
        """Print the sentence, or with `--json` the facts."""
        self.stdout.write(json.dumps(facts, default=str, ensure_ascii=False) if self.as_json else sentence)
