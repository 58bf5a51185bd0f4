"""What webhooks are told about repositories and discussions, in the form that receivers know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from hub.accounts.models import Namespace
from hub.activity.models import Event
from models_app.discussions.models import Discussion, DiscussionEvent
from models_app.repositories.models import Repository, RepositoryType

VERSION = 3
ZERO = "0" * 40

# What each act is called there: its scope and its action.
WORDS = {
    "repository.created": ("repo", "create"),
    "repository.deleted": ("repo", "delete"),
    "repository.moved": ("repo", "move"),
    "repository.settings": ("repo.config", "update"),
    "repository.protected": ("repo.config", "update"),
    "repository.branch-created": ("repo.content", "update"),
    "repository.branch-deleted": ("repo.content", "update"),
    "repository.tag-created": ("repo.content", "update"),
    "repository.tag-deleted": ("repo.content", "update"),
    "commit": ("repo.content", "update"),
    "discussion.opened": ("discussion", "create"),
    "discussion.commented": ("discussion.comment", "create"),
    "discussion.closed": ("discussion", "update"),
    "discussion.reopened": ("discussion", "update"),
    "pull-request.opened": ("discussion", "create"),
    "pull-request.published": ("discussion", "update"),
    "pull-request.merged": ("discussion", "update"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A repository, or what is left of one in the record of its end."""

    type: RepositoryType
    id: str
    full_id: str
    private: bool
    namespace: Namespace
    head: str = ""

    @property
    def url(self) -> str:
        return f"{self.type.url_prefix}/{self.full_id}"


def place_of(repository: Repository) -> Place:
    return Place(
        repository.type_,
        str(repository.pk),
        repository.full_id,
        repository.is_private,
        repository.namespace,
        repository.head,
    )


def domain_of(verb: str) -> str:
    return WORDS[verb][0].partition(".")[0]


def body(
    event: Event, place: Place, discussion: Discussion | None, comment: DiscussionEvent | None
) -> dict[str, Any]:
    """Everything but `webhook`, which differs for each receiver."""
    scope, action = WORDS[event.verb]
    found: dict[str, Any] = {"event": {"action": action, "scope": scope}, "repo": repo_json(place)}
    if discussion is not None:
        found["discussion"] = {
            **discussion_json(place, discussion),
            "isPullRequest": bool(event.data.get("is_pull_request")),
        }
    if comment is not None:
        found["comment"] = comment_json(found["discussion"], comment)
    refs = updated_refs(event)
    if refs:
        found["updatedRefs"] = refs
    if scope == "repo.config":
        found["updatedConfig"] = {"private": place.private}
    if event.verb == "repository.moved":
        found["movedTo"] = {"name": place.full_id, "owner": {"id": public_id(place.namespace.pk)}}
        found["repo"]["name"] = event.data.get("from", place.full_id)
    return found


def for_receiver(payload: dict[str, Any], webhook_id: str) -> dict[str, Any]:
    return {**payload, "webhook": {"id": webhook_id, "version": VERSION}}


def repo_json(place: Place) -> dict[str, Any]:
    base = settings.PUBLIC_URL
    return {
        "type": str(place.type),
        "name": place.full_id,
        "id": public_id(int(place.id)),
        "private": place.private,
        "url": {"web": f"{base}{place.url}", "api": f"{base}/api/{place.type.plural}/{place.full_id}"},
        "owner": {"id": public_id(place.namespace.pk)},
        **({"headSha": place.head} if place.head else {}),
    }


def discussion_json(place: Place, discussion: Discussion) -> dict[str, Any]:
    tail = f"discussions/{discussion.number}"
    base = settings.PUBLIC_URL
    return {
        "id": public_id(discussion.pk),
        "num": discussion.number,
        "title": discussion.title,
        "status": discussion.status,
        "author": {"id": public_id(discussion.author.namespace_id)} if discussion.author else None,
        "url": {
            "web": f"{base}{place.url}/{tail}",
            "api": f"{base}/api/{place.type.plural}/{place.full_id}/{tail}",
        },
    }


def comment_json(discussion: dict[str, Any], comment: DiscussionEvent) -> dict[str, Any]:
    hidden = bool(comment.data.get("hidden"))
    return {
        "id": comment.pk,
        "author": {"id": public_id(comment.author.namespace_id)} if comment.author else None,
        "hidden": hidden,
        **({} if hidden else {"content": comment.text}),
        "url": {"web": f"{discussion['url']['web']}#event-{comment.pk}"},
    }


def updated_refs(event: Event) -> list[dict[str, Any]]:
    """Which references moved, from where to where; None stands for what is not there."""
    data = event.data
    if event.verb == "commit":
        branch = str(data.get("branch", ""))
        ref = branch if branch.startswith("refs/") else f"refs/heads/{branch}"
        return [{"ref": ref, "oldSha": data.get("parent"), "newSha": data.get("commit")}]
    kind, _, act = event.verb.removeprefix("repository.").partition("-")
    if kind not in {"branch", "tag"}:
        return []
    ref = f"refs/{'heads' if kind == 'branch' else 'tags'}/{data.get(kind, '')}"
    # What a deleted name pointed at is gone with it.
    return [{"ref": ref, "oldSha": None, "newSha": data.get("commit") if act == "created" else None}]


def public_id(number: int) -> str:
    """24 hexadecimal digits, the form that receivers know."""
    return f"{number:024x}"
