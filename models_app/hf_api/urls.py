"""The ecosystem's protocol: /api/models/..., /<id>/resolve/..., LFS, Xet.

Revisions and paths arrive decoded by the web server, so they share one `rest` that
`addressing.split_revision` takes apart.
"""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path

from models_app.hf_api import (
    access_requests,
    addressing,
    collections,
    commits,
    device_login,
    discussions,
    extras,
    following,
    http,
    identity,
    info,
    notifications,
    papers,
    parquet,
    repositories,
    rewriting,
    trees,
    webhooks,
)

assert addressing  # registers the converters below

app_name = "hf"

REPOSITORY = "api/<repo_type:repo_type>/<word:namespace>/<word:name>"

# /api: people, vocabulary, creating and naming
general: list[URLPattern | URLResolver] = [
    path("oauth/device", device_login.start, name="oauth-device"),
    path("oauth/token", device_login.token, name="oauth-token"),
    path("api/whoami-v2", identity.whoami, name="whoami"),
    path("api/users/<word:username>/overview", identity.user_overview, name="user-overview"),
    path("api/users/<word:username>/likes", identity.user_likes, name="user-likes"),
    path("api/users/<word:name>/followers", following.user_followers, name="user-followers"),
    path("api/users/<word:name>/following", following.user_following, name="user-following"),
    path("api/users/<word:name>/follow", following.follow_or_unfollow, name="user-follow"),
    path("api/organizations/<word:name>/follow", following.follow_or_unfollow, name="organization-follow"),
    path(
        "api/organizations/<word:name>/overview", identity.organization_overview, name="organization-overview"
    ),
    path("api/organizations/<word:name>/members", identity.organization_members, name="organization-members"),
    path(
        "api/organizations/<word:name>/followers",
        following.organization_followers,
        name="organization-followers",
    ),
    path("api/settings/repositories", info.own_repositories, name="own-repositories"),
    path(
        "api/organizations/<word:namespace>/settings/repositories",
        info.own_repositories,
        name="organization-repositories",
    ),
    path("api/collections", collections.list_or_create, name="collections"),
    path("api/collections/<word:namespace>/<word:tail>", collections.one, name="collection"),
    path("api/collections/<word:namespace>/<word:tail>/items", collections.add_item, name="collection-items"),
    path(
        "api/collections/<word:namespace>/<word:tail>/items/<word:item_id>",
        collections.one_item,
        name="collection-item",
    ),
    path(
        "api/collections/<word:namespace>/<word:tail>/resource-group",
        extras.not_offered,
        {"part": "resource-groups"},
        name="no-collection-group",
    ),
    path("api/notifications", notifications.listing, name="notifications"),
    path("api/notifications/mark-as-read", notifications.mark_read, name="notifications-read"),
    path("api/papers/search", papers.search, name="paper-search"),
    path("api/papers/<word:paper_id>", papers.show, name="paper"),
    path("api/settings/webhooks", webhooks.list_or_create, name="webhooks"),
    path("api/settings/webhooks/<word:webhook_id>", webhooks.one, name="webhook"),
    path(
        "api/settings/webhooks/<word:webhook_id>/enable",
        webhooks.switch,
        {"disabled": False},
        name="webhook-enable",
    ),
    path(
        "api/settings/webhooks/<word:webhook_id>/disable",
        webhooks.switch,
        {"disabled": True},
        name="webhook-disable",
    ),
    path("api/repos/create", repositories.create, name="repository-create"),
    path("api/repos/delete", repositories.delete, name="repository-delete"),
    path("api/repos/move", repositories.move, name="repository-move"),
    path("api/validate-yaml", commits.validate_yaml, name="validate-yaml"),
    path("api/tasks", info.tasks, name="tasks"),
    path("api/<repo_type:repo_type>-tags-by-type", info.tags_by_type, name="tags-by-type"),
    path("api/agent-harnesses", extras.agent_harnesses, name="agent-harnesses"),
    path("api/telemetry/<path:topic>", extras.telemetry, name="telemetry"),
]

# /api/models/<namespace>/<name>
repository: list[URLPattern | URLResolver] = [
    path("api/<repo_type:repo_type>", info.repository_list, name="repository-list"),
    path(
        REPOSITORY,
        # `/api/models/gpt2/like` looks like a repository `like`: no such thing, whatever the method.
        http.by_method(
            GET=info.repository_info,
            POST=extras.unknown_in_repository,
            PUT=extras.unknown_in_repository,
            DELETE=extras.unknown_in_repository,
        ),
        name="repository-info",
    ),
    path(f"{REPOSITORY}/revision/<path:rest>", info.repository_info, name="revision-info"),
    path(f"{REPOSITORY}/settings", repositories.settings, name="repository-settings"),
    path(f"{REPOSITORY}/user-access-request/handle", access_requests.handle, name="access-request-handle"),
    path(f"{REPOSITORY}/user-access-request/grant", access_requests.grant, name="access-request-grant"),
    path(f"{REPOSITORY}/user-access-request/<word:status>", access_requests.listing, name="access-requests"),
    path(f"{REPOSITORY}/duplicate", rewriting.duplicate, name="duplicate"),
    path(f"{REPOSITORY}/super-squash/<path:branch>", rewriting.super_squash, name="super-squash"),
    path(f"{REPOSITORY}/lfs-files", rewriting.large_file_list, name="lfs-files"),
    path(f"{REPOSITORY}/lfs-files/batch", rewriting.delete_large_files, name="lfs-files-batch"),
    path(f"{REPOSITORY}/auth-check", repositories.auth_check, name="auth-check"),
    path(f"{REPOSITORY}/auth-check/write", repositories.auth_check_write, name="auth-check-write"),
    path(f"{REPOSITORY}/branch/<path:branch>", repositories.branch, name="branch"),
    path(f"{REPOSITORY}/tag/<path:revision>", repositories.tag, name="tag"),
    path(f"{REPOSITORY}/refs", repositories.refs, name="refs"),
    path(f"{REPOSITORY}/tree/<path:rest>", trees.tree, name="tree"),
    path(f"{REPOSITORY}/paths-info/<path:rest>", trees.paths_info, name="paths-info"),
    path(f"{REPOSITORY}/commits/<path:rest>", trees.commit_list, name="commits"),
    path(f"{REPOSITORY}/preupload/<path:rest>", commits.preupload, name="preupload"),
    path(f"{REPOSITORY}/commit/<path:rest>", commits.commit, name="commit"),
    path(f"{REPOSITORY}/parquet", parquet.listing, name="parquet"),
    path(f"{REPOSITORY}/parquet/<word:config>", parquet.listing, name="parquet-config"),
    path(f"{REPOSITORY}/parquet/<word:config>/<word:split>", parquet.listing, name="parquet-split"),
    path(
        f"{REPOSITORY}/parquet/<word:config>/<word:split>/<int:number>.parquet",
        parquet.file,
        name="parquet-file",
    ),
    path(f"{REPOSITORY}/croissant", parquet.described, name="croissant"),
    path(f"{REPOSITORY}/like", identity.like_or_unlike, name="like"),
    path(f"{REPOSITORY}/likers", identity.likers, name="likers"),
    path(
        f"{REPOSITORY}/safetensors-metadata/<path:path>",
        extras.safetensors_metadata,
        name="safetensors-metadata",
    ),
]

# /api/models/<namespace>/<name>/discussions
DISCUSSIONS = f"{REPOSITORY}/discussions"
community: list[URLPattern | URLResolver] = [
    path(DISCUSSIONS, discussions.list_or_open, name="discussions"),
    path(f"{DISCUSSIONS}/<int:number>", discussions.details, name="discussion"),
    path(f"{DISCUSSIONS}/<int:number>/comment", discussions.comment, name="discussion-comment"),
    path(
        f"{DISCUSSIONS}/<int:number>/comment/<word:event_id>/edit",
        discussions.edit,
        name="discussion-comment-edit",
    ),
    path(
        f"{DISCUSSIONS}/<int:number>/comment/<word:event_id>/hide",
        discussions.hide,
        name="discussion-comment-hide",
    ),
    path(f"{DISCUSSIONS}/<int:number>/title", discussions.rename, name="discussion-title"),
    path(f"{DISCUSSIONS}/<int:number>/status", discussions.set_status, name="discussion-status"),
    path(f"{DISCUSSIONS}/<int:number>/merge", discussions.merge, name="discussion-merge"),
]

# Known to clients, and left out here on purpose: 501 with a sentence instead of a riddle.
LEFT_OUT = (
    "buckets",
    "daily_papers",
    "resource-groups",
    "sandboxes",
)
# Of spaces: what a running one has, and what is offered to make one. The space itself is always missing.
SPACE_SERVICES = r"(?:hardware|templates|semantic-search|zero-gpu/quota)"
SPACE_PARTS = (
    r"(?:secrets|variables|runtime|hardware|sleeptime|pause|restart|dev-mode|volumes|storage|duplicate"
    r"|logs/[^/]+)"
)
left_out: list[URLPattern | URLResolver] = [
    *(path(f"api/{part}", extras.not_offered, {"part": part}, name=f"no-{part}") for part in LEFT_OUT),
    *(
        path(f"api/{part}/<path:rest>", extras.not_offered, {"part": part}, name=f"no-{part}-below")
        for part in LEFT_OUT
    ),
    re_path(
        rf"^api/spaces/{SPACE_SERVICES}$", extras.not_offered, {"part": "spaces"}, name="no-space-service"
    ),
    re_path(
        rf"^api/spaces/[^/]+/[^/]+/{SPACE_PARTS}$",
        extras.not_offered,
        {"part": "spaces"},
        name="no-space-part",
    ),
    path("buckets/<path:rest>", extras.not_offered, {"part": "buckets"}, name="no-bucket-files"),
    # Signing in to other sites with an account of this hub.
    re_path(
        r"^(?:\.well-known/openid-configuration|oauth/(?:authorize|userinfo))$",
        extras.not_offered,
        {"part": "sign-ins to other sites"},
        name="no-sign-in",
    ),
    re_path(
        r"^(?:spaces|kernels)/[^/]+/[^/]+/(?:resolve|raw)/",
        extras.no_such_repository,
        name="no-such-file",
    ),
    path("api/spaces", info.nothing_here, name="space-list"),
    path("api/kernels", info.nothing_here, name="kernel-list"),
    path("uploads", extras.not_offered, {"part": "attachments of comments"}, name="no-attachments"),
    path("api/spaces/<path:rest>", extras.no_such_repository, name="space"),
    path("api/kernels/<path:rest>", extras.no_such_repository, name="kernel"),
]

# What is left below /api: names without a namespace, unknown routes.
last: list[URLPattern | URLResolver] = [
    path("api/<repo_type:repo_type>/<word:name>", extras.no_such_repository, name="bare-name"),
    path("<word:name>/resolve/<path:rest>", extras.no_such_repository, name="bare-name-resolve"),
    path(f"{REPOSITORY}/<path:rest>", extras.unknown_in_repository, name="unknown-in-repository"),
    path("api/<path:rest>", http.unknown_route, name="unknown"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    *general,
    *repository,
    *community,
    path("", include("models_app.hf_api.large_file_urls")),
    *left_out,
    *last,
]
