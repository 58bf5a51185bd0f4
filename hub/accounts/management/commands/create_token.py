"""`manage.py create_token USER --scope write`; the last line is the secret and nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser

from hub.accounts import selectors, services, tokens
from hub.accounts.models import TokenScope
from hub.core import clock
from hub.core.commands import OperatorCommand


class Command(OperatorCommand):
    help = "Create an access token for a user. Its secret is printed once, as the last line."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("user")
        parser.add_argument("--name", default="command line")
        parser.add_argument("--scope", choices=TokenScope.values, default=TokenScope.READ.value)
        parser.add_argument(
            "--grant",
            action="append",
            default=[],
            metavar="PLACE=RIGHT,...",
            help="for fineGrained, repeatable: namespace:acme=read,jobs or repository:model:acme/t5=write",
        )
        parser.add_argument("--expires", type=int, metavar="DAYS", help="days until it ends; default: never")

    def run(self, **options: Any) -> None:
        user = selectors.get_user(options["user"])
        days = options["expires"]
        token, secret = services.create_token(
            user,
            options["name"],
            options["scope"],
            grants=[tokens.parse_grant(text) for text in options["grant"]],
            expires_at=None if days is None else clock.now() + timedelta(days=days),
        )
        self.tell(
            f"Created token {token.pk} ({token.name}, {token.scope}) for {user.username}:\n{secret}",
            id=token.pk,
            user=user.username,
            name=token.name,
            scope=token.scope,
            grants=token.grants,
            expires_at=token.expires_at,
            token=secret,
        )
