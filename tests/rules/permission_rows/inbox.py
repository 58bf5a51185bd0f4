"""Everybody's own notifications."""

from __future__ import annotations

from hub.activity.services import Thing, record
from hub.inbox import services
from tests.rules.permissions import Row, World

FORM = "application/x-www-form-urlencoded"


def one(world: World) -> dict[str, str]:
    event = record("job.failed", actor=None, thing=Thing("job", "1", "A job"), namespace_id=world.acme.pk)
    services.notify([world.owner.pk], event.pk)
    return {"id": str(world.owner.notifications.latest("pk").pk)}


ROWS = [
    Row("site:notifications", "/notifications", (302, 200, 200, 200)),
    Row("site:notifications-read", "/notifications/read", (302, 302, 302, 302), "POST", "", FORM),
    Row(
        "site:notification-read",
        "/notifications/{id}/read",
        (302, 404, 404, 302),
        "POST",
        "",
        FORM,
        prepare=one,
    ),
]
