"""`manage.py set_member ORGANIZATION USER ROLE`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from hub.accounts import selectors, services
from hub.accounts.models import Role
from hub.core.commands import OperatorCommand


class Command(OperatorCommand):
    help = "Add a user to an organization, or change the role they have there."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("organization")
        parser.add_argument("user")
        parser.add_argument("role", choices=Role.values)

    def run(self, **options: Any) -> None:
        organization = selectors.get_organization(options["organization"])
        user = selectors.get_user(options["user"])
        membership = services.set_member(None, organization, user, options["role"])
        self.tell(
            f"{user.username} has the role {membership.role} in {organization.name}.",
            organization=organization.name,
            user=user.username,
            role=membership.role,
        )
