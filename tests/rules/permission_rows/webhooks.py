"""Webhooks: everybody has their own, and somebody else's is missing."""

from __future__ import annotations

from hub.webhooks import services
from hub.webhooks.services import Watched, Wish
from tests.factories.accounts import actor_for
from tests.rules.permissions import Row, World

FORM = "application/x-www-form-urlencoded"
API = "/api/settings/webhooks"
PAGE = "/settings/webhooks"
BODY = {"url": "https://ci.example.org/x", "watched": [{"type": "org", "name": "acme"}]}
TYPED = "url=https://ci.example.org/x&watched=org:acme&domains=repo"
OWN_BY_TOKEN = (401, 404, 404, 200)
OWN = (302, 404, 404, 302)


def one(world: World) -> dict[str, str]:
    actor = actor_for(world.owner)
    webhook = services.create(actor, Wish("https://ci.example.org/x", [Watched("org", "acme")]))
    services.add_delivery(webhook, 1, {"event": {"scope": "repo", "action": "create"}})
    return {"id": webhook.pk, "delivery": str(webhook.deliveries.get().pk)}


def by_token(route: str, tail: str, statuses: tuple[int, int, int, int], method: str = "GET") -> Row:
    body = BODY if method == "POST" and not tail.endswith("able") else None
    return Row(f"hf:{route}", API + tail, statuses, method, body, by="token", prepare=one)


def log(route: str, tail: str, statuses: tuple[int, int, int, int], method: str = "GET") -> Row:
    url = "/api/v1/webhooks/{id}/deliveries" + tail
    return Row(f"evals-api:webhook-{route}", url, statuses, method, by="token", prepare=one)


def form(route: str, tail: str, statuses: tuple[int, int, int, int], body: str = "") -> Row:
    return Row(f"site:{route}", PAGE + tail, statuses, "POST", body, FORM, prepare=one)


ROWS = [
    by_token("webhooks", "", (401, 200, 200, 200)),
    by_token("webhooks", "", (401, 200, 200, 200), "POST"),
    by_token("webhook", "/{id}", OWN_BY_TOKEN),
    by_token("webhook", "/{id}", OWN_BY_TOKEN, "POST"),
    by_token("webhook", "/{id}", OWN_BY_TOKEN, "DELETE"),
    by_token("webhook-enable", "/{id}/enable", OWN_BY_TOKEN, "POST"),
    by_token("webhook-disable", "/{id}/disable", OWN_BY_TOKEN, "POST"),
    log("deliveries", "", OWN_BY_TOKEN),
    log("replay", "/{delivery}/replay", (401, 404, 404, 201), "POST"),
    Row("site:webhooks", PAGE, (302, 200, 200, 200)),
    Row("site:webhook", PAGE + "/{id}", (302, 404, 404, 200), prepare=one),
    form("webhooks", "", (302, 302, 302, 302), TYPED),
    form("webhook", "/{id}", OWN, TYPED),
    form("webhook-switch", "/{id}/switch", OWN),
    form("webhook-delete", "/{id}/delete", OWN),
    form("webhook-replay", "/{id}/deliveries/{delivery}/replay", OWN),
]
