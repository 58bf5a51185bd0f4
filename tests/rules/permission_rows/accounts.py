"""Settings of people, organizations and their members. Nobody is sent to sign in."""

from __future__ import annotations

from typing import Any

from hub.accounts import services
from hub.accounts.models import Role
from tests.factories.accounts import actor_for, make_user
from tests.rules.permissions import Row, World

FORM = "application/x-www-form-urlencoded"
ALL_READ = (200, 200, 200, 200)
SIGNED_IN = (302, 200, 200, 200)
INSIDE = (302, 404, 200, 200)
# A member who is no admin sees the organization from inside, so they are refused.
ADMINS = (302, 404, 403, 302)


def page(route: str, url: str, statuses: tuple[int, int, int, int], **more: Any) -> Row:
    return Row(route, url, statuses, **more)


def form(route: str, url: str, statuses: tuple[int, int, int, int], body: str = "", **more: Any) -> Row:
    return Row(route, url, statuses, method="POST", body=body, content_type=FORM, **more)


def invitation(world: World) -> dict[str, str]:
    issued = services.invite(actor_for(world.owner), world.acme, "soon@example.org", Role.READ)
    return {"id": str(issued.invitation.pk), "secret": issued.secret}


def token_of_the_owner(world: World) -> dict[str, str]:
    return {"id": str(services.create_token(world.owner, "mine", "read").token.pk)}


def somebody(world: World) -> dict[str, str]:
    services.set_member(None, world.acme, make_user("somebody"), Role.READ)
    return {}


ROWS = [
    page("site:settings", "/settings", (302, 302, 302, 302)),
    page("site:profile", "/settings/profile", SIGNED_IN),
    page("site:tokens", "/settings/tokens", SIGNED_IN),
    form(
        "site:token-revoke", "/settings/tokens/{id}/revoke", (302, 404, 404, 302), prepare=token_of_the_owner
    ),
    page("site:device", "/login/device", SIGNED_IN),
    page("site:organizations", "/settings/organizations", SIGNED_IN),
    page("site:invitation", "/join/{secret}", ALL_READ, prepare=invitation),
    # The link is the right; the first who is signed in takes it.
    form("site:invitation-accept", "/join/{secret}/accept", (302, 302, 404, 404), prepare=invitation),
    page("site:organization-create", "/organizations/new", SIGNED_IN),
    form("site:organization-leave", "/organizations/acme/leave", (302, 302, 302, 302)),
    form(
        "site:member-set", "/organizations/acme/members", ADMINS, "user=somebody&role=read", prepare=somebody
    ),
    form(
        "site:member-remove", "/organizations/acme/members/remove", ADMINS, "user=somebody", prepare=somebody
    ),
    form(
        "site:invitation-create", "/organizations/acme/invitations", ADMINS, "email=a@example.org&role=read"
    ),
    form(
        "site:invitation-revoke",
        "/organizations/acme/invitations/{id}/revoke",
        ADMINS,
        prepare=invitation,
    ),
    page("namespaces:profile", "/acme", ALL_READ),
    page("namespaces:dashboard", "/acme/dashboard", INSIDE),
    page("namespaces:settings", "/acme/settings", INSIDE),
    form("namespaces:settings", "/acme/settings", ADMINS, "about=x"),
]
