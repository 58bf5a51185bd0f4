"""Browse and repository pages. What is private answers as if nothing were there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from models_app.discussions import services
from models_app.repositories.models import Repository
from tests.factories.accounts import actor_for
from tests.rules.permissions import Row, World

FORM = "application/x-www-form-urlencoded"
READ = (404, 404, 200, 200)
READ_ELSEWHERE = (404, 404, 302, 302)
WRITE = (404, 404, 403, 200)
WRITE_ELSEWHERE = (404, 404, 403, 302)


def with_discussion(pick: Callable[[World], Repository], world: World) -> dict[str, str]:
    discussion = services.open(actor_for(world.owner), pick(world), title="Why", description="?")
    return {"event": discussion.events.get().pk}


def rows_of(kind: str, base: str, pick: Callable[[World], Repository]) -> Iterator[Row]:
    def row(name: str, tail: str, statuses: tuple[int, int, int, int], body: str | None = None) -> Row:
        method = "GET" if body is None else "POST"
        prepare = partial(with_discussion, pick) if "/1" in tail else None
        return Row(f"models:{kind}-{name}", base + tail, statuses, method, body, FORM, prepare=prepare)

    full_id = base.removeprefix("/datasets").strip("/")
    yield row("card", "", READ)
    yield row("like", "/like", WRITE_ELSEWHERE, "")
    yield row("tree-default", "/tree", READ_ELSEWHERE)
    yield row("tree", "/tree/main", READ)
    yield row("blob", "/blob/main/.gitattributes", READ)
    yield row("commits", "/commits/main", READ)
    yield row("commit", "/commit/main", READ)
    yield row("upload", "/upload/main", WRITE)
    yield row("edit", "/edit/main/.gitattributes", WRITE)
    yield row("edit", "/edit/main/README.md", WRITE_ELSEWHERE, "path=NEW.md&content=x")
    yield row("new-file", "/new-file/main", WRITE)
    yield row("delete-file", "/delete/main/.gitattributes", WRITE)
    yield row("delete-file", "/delete/main/.gitattributes", WRITE_ELSEWHERE, "")
    yield row("discussions", "/discussions", READ)
    # Taking part in what is private needs more than the read role.
    yield row("discussion-new", "/discussions/new", WRITE)
    yield row("discussion-new", "/discussions/new", WRITE_ELSEWHERE, "title=a&description=b")
    yield row("discussion", "/discussions/1", READ)
    yield row("discussion-comment", "/discussions/1/comment", WRITE_ELSEWHERE, "comment=a")
    yield row("discussion-title", "/discussions/1/title", WRITE_ELSEWHERE, "title=b")
    yield row("discussion-merge", "/discussions/1/merge", (404, 404, 403, 404), "")
    yield row("comment-edit", "/discussions/1/comments/{event}/edit", WRITE_ELSEWHERE, "comment=b")
    yield row("comment-hide", "/discussions/1/comments/{event}/hide", WRITE_ELSEWHERE, "")
    yield row("settings", "/settings", WRITE)
    yield row("settings-visibility", "/settings/visibility", WRITE_ELSEWHERE, "visibility=private")
    yield row("duplicate", "/duplicate", READ)
    yield row("duplicate", "/duplicate", (404, 404, 400, 302), "owner=acme&name=copy&visibility=private")
    yield row("large-files", "/settings/large-files", WRITE)
    yield row("large-files-delete", "/settings/large-files/delete", WRITE_ELSEWHERE, "file=x")
    yield row("squash", "/settings/squash", WRITE_ELSEWHERE, "branch=main&message=One")
    # Members need not ask.
    yield row("access", "/access", READ)
    yield row("settings-gating", "/settings/gating", WRITE_ELSEWHERE, "gating=manual")
    yield row("settings-requests", "/settings/requests", WRITE)
    yield row(
        "settings-requests-handle", "/settings/requests/handle", WRITE_ELSEWHERE, "user=x&status=accepted"
    )
    # Only gated repositories let people in.
    yield row("settings-requests-grant", "/settings/requests/grant", (404, 404, 403, 400), "user=stranger")
    yield row(
        "settings-protection", "/settings/protection", WRITE_ELSEWHERE, "protected_branches=main%0Arelease/*"
    )
    yield row("settings-move", "/settings/move", WRITE_ELSEWHERE, "owner=acme&name=renamed")
    yield row("settings-delete", "/settings/delete", WRITE_ELSEWHERE, f"confirm={full_id}")


ROWS = [
    Row("browse:models", "/models", (200, 200, 200, 200)),
    Row("browse:datasets", "/datasets", (200, 200, 200, 200)),
    Row("browse:new", "/new", (302, 200, 200, 200)),
    Row("browse:new", "/new", (302, 400, 400, 302), "POST", "owner=acme&name=n&visibility=private", FORM),
    Row("browse:new-dataset", "/new-dataset", (302, 200, 200, 200)),
    *rows_of("model", "/acme/secret", lambda world: world.secret),
    *rows_of("dataset", "/datasets/acme/data", lambda world: world.data),
    # What is public is read by everybody; who would have to sign in is led there, others are told no.
    Row("models:model-card", "/acme/open", (200, 200, 200, 200)),
    Row("models:model-like", "/acme/open/like", (302, 302, 302, 302), "POST"),
    Row("models:model-discussion-new", "/acme/open/discussions/new", (302, 200, 200, 200)),
    Row("models:model-upload", "/acme/open/upload/main", (302, 200, 200, 200)),
    Row("models:model-settings", "/acme/open/settings", (302, 403, 403, 200)),
]
