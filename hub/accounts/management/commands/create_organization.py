"""`manage.py create_organization NAME --admin USER`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from hub.accounts import selectors, services
from hub.accounts.models import Namespace, Role
from hub.core.commands import OperatorCommand
from hub.core.errors import NotFound


class Command(OperatorCommand):
    help = "Create an organization with its first admin."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name")
        parser.add_argument("--admin", required=True, metavar="USER")
        parser.add_argument("--full-name", default="")
        parser.add_argument(
            "--exist-ok",
            action="store_true",
            help="keep an organization of this name; USER is its admin after",
        )

        parser.add_argument(
            "--private-by-default",
            action="store_true",
            help="its repositories are private unless said otherwise",
        )

    def run(self, **options: Any) -> None:
        admin = selectors.get_user(options["admin"])
        known = find(options["name"]) if options["exist_ok"] else None
        if known:
            services.set_member(None, known, admin, Role.ADMIN)
        organization = known or services.create_organization(
            options["name"], created_by=admin, full_name=options["full_name"]
        )
        if options["private_by_default"]:
            services.update_namespace(selectors.actor_for_user(admin), organization, private_by_default=True)
        done = "Found" if known else "Created"
        self.tell(
            f"{done} organization {organization.name} with admin {admin.username}.",
            name=organization.name,
            admin=admin.username,
            created=known is None,
        )


def find(name: str) -> Namespace | None:
    try:
        return selectors.get_organization(name)
    except NotFound:
        return None
