"""`manage.py revoke_token ID-OR-SECRET`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from hub.accounts import selectors, services
from hub.core.commands import OperatorCommand


class Command(OperatorCommand):
    help = "End an access token now, by its number (see list_accounts --tokens) or by its secret."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("token", metavar="ID-OR-SECRET")

    def run(self, **options: Any) -> None:
        token = selectors.get_token(options["token"])
        services.revoke_token(None, token)
        self.tell(f"Revoked token {token.pk} ({token.name}) of {token.user.username}.", id=token.pk)
