"""`manage.py create_user NAME`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from hub.accounts import selectors, services
from hub.accounts.models import User
from hub.core.commands import OperatorCommand
from hub.core.errors import NotFound


class Command(OperatorCommand):
    help = "Create a user. Without a password they can only use tokens until they reset it by e-mail."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name")
        parser.add_argument("--email", default="")
        parser.add_argument("--password")
        parser.add_argument("--full-name", default="")
        parser.add_argument("--staff", action="store_true", help="may use the operator's pages")
        parser.add_argument("--exist-ok", action="store_true", help="leave a user of this name as they are")

    def run(self, **options: Any) -> None:
        known = find(options["name"]) if options["exist_ok"] else None
        user = known or services.create_user(
            options["name"],
            email=options["email"],
            password=options["password"],
            full_name=options["full_name"],
            is_staff=options["staff"],
        )
        self.tell(
            f"{'Found' if known else 'Created'} user {user.username}{' (staff)' if user.is_staff else ''}.",
            name=user.username,
            email=user.email,
            is_staff=user.is_staff,
            created=known is None,
        )


def find(name: str) -> User | None:
    try:
        return selectors.get_user(name)
    except NotFound:
        return None
