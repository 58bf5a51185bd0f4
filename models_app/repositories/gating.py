"""Who was let through the gate of a repository, and how people come to it.

The gate itself stands in `access`: `Need.CONTENT`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count

from hub.accounts.actors import Actor
from hub.accounts.models import User
from hub.activity import services as activity
from hub.core.errors import Conflict, InvalidInput, NotFound, Unauthenticated
from models_app.repositories import access
from models_app.repositories.events import thing
from models_app.repositories.models import AccessRequest, AccessStatus, Gating, Repository
from models_app.repositories.policies import Need

MAX_ANSWERS = 50
MAX_ANSWER = 2_000
MAX_REASON = 500
PAGE = 100

Answers = Mapping[str, str | bool]


@dataclass(frozen=True, slots=True)
class RequestPage:
    """Newest first; `next_before` continues the list, None on the last page."""

    requests: list[AccessRequest]
    next_before: int | None


def request_of(actor: Actor, repository: Repository) -> AccessRequest | None:
    """The actor's own request, whatever became of it."""
    if actor.user is None:
        return None
    return AccessRequest.objects.filter(repository=repository, user=actor.user).first()


def requests_of(
    actor: Actor, repository: Repository, status: str, *, before: int | None = None, limit: int = PAGE
) -> RequestPage:
    """For administrators: people answered to them, not to the world. Raises InvalidInput for the status."""
    access.require(actor, repository, Need.ADMIN)
    rows = AccessRequest.objects.filter(repository=repository, status=_status(status))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.select_related("user__namespace", "handled_by").order_by("-pk")[: limit + 1])
    return RequestPage(found[:limit], found[limit - 1].pk if len(found) > limit else None)


def counts(repository: Repository) -> dict[str, int]:
    """How many requests there are in each status. One query."""
    rows = AccessRequest.objects.filter(repository=repository).values_list("status").annotate(n=Count("pk"))
    return dict.fromkeys(AccessStatus.values, 0) | dict(rows)


@transaction.atomic
def ask(actor: Actor, repository: Repository, answers: Answers) -> AccessRequest:
    """Ask to be let in; where the gate is automatic the answer is yes.

    Raises Unauthenticated, InvalidInput when there is no gate for this person, Conflict when they
    have asked already.
    """
    if actor.user is None:
        raise Unauthenticated
    access.require(actor, repository, Need.CONTRIBUTE)
    if repository.gating == Gating.OPEN or actor.role_in(repository.namespace_id) is not None:
        raise InvalidInput("You need not ask: you may read its files.")
    if len(answers) > MAX_ANSWERS or any(
        isinstance(a, str) and len(a) > MAX_ANSWER for a in answers.values()
    ):
        raise InvalidInput(f"At most {MAX_ANSWERS} answers of {MAX_ANSWER} characters are taken.")
    status = AccessStatus.ACCEPTED if repository.gating == Gating.AUTO else AccessStatus.PENDING
    request, is_new = AccessRequest.objects.get_or_create(
        repository=repository, user=actor.user, defaults={"status": status, "answers": dict(answers)}
    )
    if not is_new:
        raise Conflict("You have asked for access already.")
    _record("access.asked", actor, request)
    return request


@transaction.atomic
def handle(
    actor: Actor, repository: Repository, user: User, status: str, *, rejection_reason: str = ""
) -> AccessRequest:
    """Accept, reject, or put back to pending, which revokes.

    Raises NotFound when the person never asked, Conflict when the request has the status already.
    """
    access.require(actor, repository, Need.ADMIN)
    request = AccessRequest.objects.select_for_update().filter(repository=repository, user=user).first()
    if request is None:
        raise NotFound(f"{user.username} has not asked for access to {repository.full_id}.")
    if request.status == _status(status):
        raise Conflict(f"The request of {user.username} is {request.status} already.")
    request.status = _status(status)
    request.handled_by = actor.user
    is_rejected = request.status == AccessStatus.REJECTED
    request.rejection_reason = rejection_reason.strip()[:MAX_REASON] if is_rejected else ""
    request.save(update_fields=["status", "handled_by", "rejection_reason"])
    _record(f"access.{request.status}", actor, request)
    return request


@transaction.atomic
def grant(actor: Actor, repository: Repository, user: User) -> AccessRequest:
    """Let somebody in who has not been let in, whether they asked or not. Raises Conflict, InvalidInput."""
    access.require(actor, repository, Need.ADMIN)
    if repository.gating == Gating.OPEN:
        raise InvalidInput(f"{repository.full_id} is not gated.")
    request, is_new = AccessRequest.objects.select_for_update().get_or_create(
        repository=repository,
        user=user,
        defaults={"status": AccessStatus.ACCEPTED, "is_granted": True, "handled_by": actor.user},
    )
    if not is_new:
        return handle(actor, repository, user, AccessStatus.ACCEPTED)
    _record("access.accepted", actor, request)
    return request


def asker(repository: Repository, request_id: int) -> User:
    """Whose request this is. Raises NotFound."""
    rows = AccessRequest.objects.filter(repository=repository, pk=request_id).select_related("user")
    found = rows.first()
    if found is None:
        raise NotFound("There is no such request.")
    return found.user


def _status(word: str) -> AccessStatus:
    if word not in AccessStatus.values:
        raise InvalidInput("The status of a request is pending, accepted or rejected.")
    return AccessStatus(word)


def _record(verb: str, actor: Actor, request: AccessRequest) -> None:
    """Who asks, and who is let in, is between them and the administrators."""
    repository = request.repository
    activity.record(
        verb,
        actor=actor,
        thing=thing(repository),
        namespace_id=repository.namespace_id,
        is_public=False,
        data={"user": request.user.username},
    )
