"""The ecosystem's protocol: tokens; a private repository is missing, for nobody with 401."""

from __future__ import annotations

from functools import partial
from typing import Any

from models_app.commits.operations import AddFile
from models_app.discussions import pull_requests
from models_app.discussions import services as discussions
from models_app.repositories import gating, services
from tests.factories.accounts import actor_for
from tests.rules.permissions import Row, World

SECRET = "/api/models/acme/secret"
ALL_READ = (200, 200, 200, 200)
READ = (401, 404, 200, 200)
# A member who may only read sees the repository, so they are refused rather than told it is missing.
WRITE = (401, 404, 403, 200)
NOBODY_MAY = (501, 501, 501, 501)
LEFT_OUT = (
    "buckets",
    "daily_papers",
    "resource-groups",
    "sandboxes",
)


def row(route: str, url: str, statuses: tuple[int, int, int, int], method: str = "GET", **more: Any) -> Row:
    return Row(f"hf:{route}", url, statuses, method=method, by="token", **more)


def one_discussion(world: World) -> dict[str, str]:
    discussion = discussions.open(actor_for(world.owner), world.secret, title="A", description="B")
    return {"number": str(discussion.number), "event": discussion.events.get().pk}


def a_gate(world: World) -> dict[str, str]:
    services.update_settings(actor_for(world.owner), world.secret, gating="manual")
    return {}


def a_pending_request(world: World) -> dict[str, str]:
    owner = actor_for(world.owner)
    a_gate(world)
    gating.grant(owner, world.secret, world.stranger)
    gating.handle(owner, world.secret, world.stranger, "pending")
    return {}


def one_pull_request(place: str, world: World) -> dict[str, str]:
    operations = [AddFile("proposed", b"x")]
    actor, repository = actor_for(world.owner), getattr(world, place)
    proposal = pull_requests.propose(actor, repository, "main", operations, summary="A")
    return {"number": str(proposal.discussion.number)}


def discussion_row(
    route: str, place: str, statuses: tuple[int, int, int, int], method: str = "GET", **more: Any
) -> Row:
    return row(
        route, f"{SECRET}/discussions/{{number}}{place}", statuses, method, prepare=one_discussion, **more
    )


COMMIT = (
    b'{"key": "header", "value": {"summary": "Change"}}\n'
    b'{"key": "file", "value": {"path": "a", "content": "b"}}'
)

people = [
    row("whoami", "/api/whoami-v2", (401, 200, 200, 200)),
    row("user-overview", "/api/users/owner/overview", ALL_READ),
    row("user-likes", "/api/users/owner/likes", ALL_READ),
    row("user-followers", "/api/users/owner/followers", ALL_READ),
    row("user-following", "/api/users/owner/following", ALL_READ),
    row("organization-overview", "/api/organizations/acme/overview", ALL_READ),
    row("organization-members", "/api/organizations/acme/members", ALL_READ),
    row("organization-followers", "/api/organizations/acme/followers", ALL_READ),
    row("validate-yaml", "/api/validate-yaml", ALL_READ, "POST", body={"content": "a"}),
    row("tasks", "/api/tasks", ALL_READ),
    row("tags-by-type", "/api/models-tags-by-type", ALL_READ),
    row("agent-harnesses", "/api/agent-harnesses", ALL_READ),
    row("telemetry", "/api/telemetry/topic", ALL_READ, "HEAD"),
    row("space-list", "/api/spaces", ALL_READ),
    row("kernel-list", "/api/kernels", ALL_READ),
]

repositories = [
    row(
        "repository-create",
        "/api/repos/create",
        (401, 403, 403, 200),
        "POST",
        body={"name": "new", "organization": "acme"},
    ),
    row(
        "repository-delete",
        "/api/repos/delete",
        WRITE,
        "DELETE",
        body={"name": "secret", "organization": "acme"},
    ),
    row(
        "repository-move",
        "/api/repos/move",
        WRITE,
        "POST",
        body={"fromRepo": "acme/secret", "toRepo": "acme/moved", "type": "model"},
    ),
    row("repository-list", "/api/models", ALL_READ),
    row("own-repositories", "/api/settings/repositories", (401, 200, 200, 200)),
    row("organization-repositories", "/api/organizations/acme/settings/repositories", (401, 403, 200, 200)),
    row("repository-info", SECRET, READ),
    row("repository-info", "/api/models/acme/open", ALL_READ),
    row("repository-info", "/api/datasets/acme/data", READ),
    row("revision-info", f"{SECRET}/revision/main", READ),
    row("repository-settings", f"{SECRET}/settings", WRITE, "PUT", body={"private": True}),
    row("repository-settings", "/api/models/acme/open/settings", (401, 403, 403, 200), "PUT", body={}),
    row("auth-check", f"{SECRET}/auth-check", READ),
    row("auth-check-write", f"{SECRET}/auth-check/write", WRITE),
    # Who may read copies to what is theirs, which a stranger does under no name of acme's.
    row("duplicate", f"{SECRET}/duplicate", WRITE, "POST", body={"repository": "acme/copy"}),
    row("super-squash", f"{SECRET}/super-squash/main", WRITE, "POST", body={"message": "One"}),
    row("lfs-files", f"{SECRET}/lfs-files", WRITE),
    row(
        "lfs-files-batch",
        f"{SECRET}/lfs-files/batch",
        (401, 404, 403, 404),
        "POST",
        body={"deletions": {"sha": ["0" * 64]}},
    ),
    row("branch", f"{SECRET}/branch/new", WRITE, "POST", body={}),
    row("branch", f"{SECRET}/branch/none", (401, 404, 403, 404), "DELETE"),
    row("tag", f"{SECRET}/tag/main", WRITE, "POST", body={"tag": "v1"}),
    row("tag", f"{SECRET}/tag/none", (401, 404, 403, 404), "DELETE"),
    row("refs", f"{SECRET}/refs", READ),
    row("tree", f"{SECRET}/tree/main/sub", READ),
    row("paths-info", f"{SECRET}/paths-info/main", READ, "POST", body={"paths": ["config.json"]}),
    row("commits", f"{SECRET}/commits/main", READ),
    row("preupload", f"{SECRET}/preupload/main", WRITE, "POST", body={"files": []}),
    row("commit", f"{SECRET}/commit/main", WRITE, "POST", body=COMMIT),
    row("commit", "/api/models/acme/open/commit/main", (401, 403, 403, 200), "POST", body=COMMIT),
    row("like", f"{SECRET}/like", (401, 404, 403, 200), "POST"),
    row("like", "/api/models/acme/open/like", (401, 200, 200, 200), "POST"),
    row("like", f"{SECRET}/like", (401, 404, 403, 200), "DELETE"),
    row("likers", f"{SECRET}/likers", READ),
    row("safetensors-metadata", f"{SECRET}/safetensors-metadata/none.json", (401, 404, 404, 404)),
]

gates = [
    row("access-requests", f"{SECRET}/user-access-request/pending", WRITE),
    row("access-requests", "/api/models/acme/open/user-access-request/pending", (401, 403, 403, 200)),
    row(
        "access-request-handle",
        f"{SECRET}/user-access-request/handle",
        WRITE,
        "POST",
        body={"user": "stranger", "status": "accepted"},
        prepare=a_pending_request,
    ),
    row(
        "access-request-grant",
        f"{SECRET}/user-access-request/grant",
        WRITE,
        "POST",
        body={"user": "stranger"},
        prepare=a_gate,
    ),
]

community = [
    row("discussions", f"{SECRET}/discussions", READ),
    row(
        "discussions",
        f"{SECRET}/discussions",
        WRITE,
        "POST",
        body={"title": "A", "description": "B", "pullRequest": False},
    ),
    row(
        "discussions",
        "/api/models/acme/open/discussions",
        (401, 200, 200, 200),
        "POST",
        body={"title": "A", "description": "B"},
    ),
    discussion_row("discussion", "", READ),
    discussion_row("discussion-comment", "/comment", WRITE, "POST", body={"comment": "C"}),
    discussion_row("discussion-comment-edit", "/comment/{event}/edit", WRITE, "POST", body={"content": "C"}),
    discussion_row("discussion-comment-hide", "/comment/{event}/hide", WRITE, "POST"),
    discussion_row("discussion-title", "/title", WRITE, "POST", body={"title": "C"}),
    discussion_row("discussion-status", "/status", WRITE, "POST", body={"status": "closed"}),
    row(
        "discussions",
        "/api/models/acme/open/discussions",
        (401, 200, 200, 200),
        "POST",
        body={"title": "A", "description": "B", "pullRequest": True},
    ),
    row(
        "discussion-merge",
        f"{SECRET}/discussions/{{number}}/merge",
        WRITE,
        "POST",
        prepare=partial(one_pull_request, "secret"),
    ),
    row(
        "discussion-merge",
        "/api/models/acme/open/discussions/{number}/merge",
        (401, 403, 403, 200),
        "POST",
        prepare=partial(one_pull_request, "open"),
    ),
    # Proposing takes the right to read and to take part.
    row("commit", f"{SECRET}/commit/main?create_pr=1", WRITE, "POST", body=COMMIT),
    row("commit", "/api/models/acme/open/commit/main?create_pr=1", (401, 200, 200, 200), "POST", body=COMMIT),
    row(
        "preupload",
        "/api/models/acme/open/preupload/main?create_pr=1",
        (401, 200, 200, 200),
        "POST",
        body={"files": []},
    ),
    row(
        "commit",
        "/api/models/acme/open/commit/refs%2Fpr%2F{number}",
        (401, 403, 403, 200),
        "POST",
        body=COMMIT,
        prepare=partial(one_pull_request, "open"),
    ),
]

left_out = [
    *(row(f"no-{part}", f"/api/{part}", NOBODY_MAY) for part in LEFT_OUT),
    *(row(f"no-{part}-below", f"/api/{part}/x", NOBODY_MAY) for part in LEFT_OUT),
    row("notifications", "/api/notifications", (401, 200, 200, 200)),
    row("notifications-read", "/api/notifications/mark-as-read", (401, 200, 200, 200), "POST", body={}),
    row("no-attachments", "/uploads", NOBODY_MAY, "POST"),
    row("oauth-device", "/oauth/device", ALL_READ, "POST"),
    # The secret of a login is the right; none was given here.
    row("oauth-token", "/oauth/token", (400, 400, 400, 400), "POST"),
    row("no-space-service", "/api/spaces/hardware", NOBODY_MAY),
    row("no-space-part", "/api/spaces/acme/demo/runtime", NOBODY_MAY),
    row("no-bucket-files", "/buckets/acme/files/resolve/a", NOBODY_MAY),
    row("space", "/api/spaces/acme/x", (401, 404, 404, 404)),
    row("no-such-file", "/spaces/acme/x/resolve/main/app.py", (401, 404, 404, 404)),
    row("no-sign-in", "/oauth/userinfo", NOBODY_MAY),
    row("kernel", "/api/kernels/acme/x", (401, 404, 404, 404)),
    row("bare-name-resolve", "/gpt2/resolve/main/config.json", (401, 404, 404, 404)),
    row("bare-name", "/api/models/gpt2", (401, 404, 404, 404)),
    row("unknown-in-repository", f"{SECRET}/nonsense", (401, 404, 404, 404)),
    row("unknown", "/api/nonsense", (404, 404, 404, 404)),
]

ROWS = [*people, *repositories, *gates, *community, *left_out]
