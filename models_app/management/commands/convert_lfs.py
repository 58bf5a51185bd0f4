"""`manage.py convert_lfs`: large files that came whole become chunks, while the hub runs."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from hub.core.commands import OperatorCommand
from models_app.repositories import conversion


class Command(OperatorCommand):
    help = "Send large files that came whole to the hub's own content store, oldest first."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--gb", type=int, default=100, help="stop after so many GB (default: 100)")

    def run(self, **options: Any) -> None:
        done = conversion.convert(options["gb"] * 1_000_000_000)
        self.tell(
            f"{done.files} files converted, {done.failed} left as they are.",
            files=done.files, bytes=done.bytes, failed=done.failed,
        )  # fmt: skip
