"""`manage.py remove_member ORGANIZATION USER`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from hub.accounts import selectors, services
from hub.core.commands import OperatorCommand


class Command(OperatorCommand):
    help = "End a membership. The last admin stays."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("organization")
        parser.add_argument("user")

    def run(self, **options: Any) -> None:
        organization = selectors.get_organization(options["organization"])
        user = selectors.get_user(options["user"])
        services.remove_member(None, organization, user)
        self.tell(
            f"{user.username} is no longer a member of {organization.name}.",
            organization=organization.name,
            user=user.username,
        )
