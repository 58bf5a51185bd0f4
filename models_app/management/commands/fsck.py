"""`manage.py fsck`: does the database say what lies on disk? Ends with 1 when it does not."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from models_app.commits.checking import Finding, check_everything


class Command(BaseCommand):
    help = "Check repositories, large files and their rows against each other."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--full", action="store_true", help="read every git object, not only the links")
        parser.add_argument("--repair", action="store_true", help="set right what can be derived")

    def handle(self, *args: Any, **options: Any) -> None:
        errors = count = 0
        for finding in check_everything(full=options["full"], repair=options["repair"]):
            count += 1
            errors += finding.is_error and not finding.repaired
            self.stdout.write(line_of(finding))
        if errors:
            raise CommandError(f"{errors} errors among {count} findings.", returncode=1)
        self.stdout.write(self.style.SUCCESS(f"No errors; {count} findings."))


def line_of(finding: Finding) -> str:
    kind = "repaired" if finding.repaired else "error" if finding.is_error else "note"
    return f"{kind}: {finding.place} {finding.problem}"
