"""Collections: a private one is missing for those outside; who may read it may not change it."""

from __future__ import annotations

from typing import Any

from models_app.collections import services
from tests.factories.accounts import actor_for
from tests.rules.permissions import Row, World

FORM = "application/x-www-form-urlencoded"
ALL_READ = (200, 200, 200, 200)
READ = (404, 404, 200, 200)
WRITE = (404, 404, 403, 200)
WRITE_ELSEWHERE = (404, 404, 403, 302)
OUTSIDE_API = "/api/collections/{slug}"


def one(world: World) -> dict[str, str]:
    actor = actor_for(world.owner)
    collection = services.create(actor, "acme", title="Ours", private=True)
    item = services.add_item(actor, collection, "model", "acme/secret")
    return {"slug": collection.slug, "item": item.pk}


def api(
    route: str, tail: str, statuses: tuple[int, int, int, int], method: str = "GET", body: Any = None
) -> Row:
    return Row(f"hf:{route}", OUTSIDE_API + tail, statuses, method, body, by="token", prepare=one)


def page(route: str, tail: str, statuses: tuple[int, int, int, int], body: str | None = None) -> Row:
    method = "GET" if body is None else "POST"
    return Row(f"browse:{route}", "/collections/{slug}" + tail, statuses, method, body, FORM, prepare=one)


def add(_values: dict[str, str]) -> dict[str, Any]:
    return {"item": {"type": "dataset", "id": "acme/data"}}


ROWS = [
    Row("hf:collections", "/api/collections", ALL_READ, by="token"),
    Row(
        "hf:collections",
        "/api/collections",
        (401, 403, 403, 200),
        "POST",
        {"namespace": "acme", "title": "New"},
        by="token",
    ),
    api("collection", "", READ),
    api("collection", "", WRITE, "PATCH", {"title": "Other"}),
    api("collection", "", WRITE, "DELETE"),
    api("collection-items", "/items", (404, 404, 403, 200), "POST", add),
    api("collection-item", "/items/{item}", WRITE, "PATCH", {"note": "x"}),
    api("collection-item", "/items/{item}", WRITE, "DELETE"),
    api("no-collection-group", "/resource-group", (501, 501, 501, 501), "POST"),
    Row("browse:collections", "/collections", ALL_READ),
    Row("browse:collection-new", "/collections/new", (302, 200, 200, 200)),
    # The name of an organization that one may not write to is none of the choices.
    Row(
        "browse:collection-new",
        "/collections/new",
        (302, 400, 400, 302),
        "POST",
        "owner=acme&title=New",
        FORM,
    ),
    page("collection", "", READ),
    page("collection-edit", "/edit", WRITE),
    page("collection-edit", "/edit", WRITE_ELSEWHERE, "title=Other&theme=pink"),
    page("collection-delete", "/delete", WRITE_ELSEWHERE, ""),
    page("collection-item", "/items/{item}", WRITE_ELSEWHERE, "note=x"),
    Row("models:model-collect", "/acme/secret/collect", (404, 404, 200, 200)),
    Row("models:dataset-collect", "/datasets/acme/data/collect", (404, 404, 200, 200)),
    Row("models:model-collect", "/acme/open/collect", (302, 400, 400, 400), "POST", "collection=none", FORM),
]
