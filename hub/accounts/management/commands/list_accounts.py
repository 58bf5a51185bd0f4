"""`manage.py list_accounts`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from hub.accounts import selectors
from hub.core.commands import OperatorCommand


class Command(OperatorCommand):
    help = "List users and organizations with their members; with --json one object a line."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--tokens", action="store_true", help="list live tokens too (never their secrets)"
        )

    def run(self, **options: Any) -> None:
        for user in selectors.all_users():
            state = "staff" if user.is_staff else "user" if user.is_active else "inactive"
            self.tell(
                f"{state:13} {user.username:24} {user.email}",
                kind="user",
                name=user.username,
                email=user.email,
                is_staff=user.is_staff,
                is_active=user.is_active,
            )
        self._tell_organizations()
        if options["tokens"]:
            self._tell_tokens()

    def _tell_organizations(self) -> None:
        for organization in selectors.all_organizations():
            members = {m.user.username: m.role for m in organization.memberships.all()}
            listed = ", ".join(f"{name} ({role})" for name, role in sorted(members.items()))
            self.tell(
                f"organization  {organization.name:24} {listed}",
                kind="organization",
                name=organization.name,
                members=members,
            )

    def _tell_tokens(self) -> None:
        for token in selectors.all_tokens():
            self.tell(
                f"token {token.pk:<7} {token.user.username:24} {token.name} ({token.scope}, …{token.hint})",
                kind="token",
                id=token.pk,
                user=token.user.username,
                name=token.name,
                token_kind=token.kind,
                scope=token.scope,
                expires_at=token.expires_at,
                last_used_at=token.last_used_at,
            )
