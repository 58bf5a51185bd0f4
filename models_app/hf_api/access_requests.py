"""Who asked for access to a gated repository, and what became of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from hub.accounts.actors import Actor
from hub.accounts.models import User
from hub.accounts.selectors import get_user
from hub.core import clock
from hub.core.errors import InvalidInput
from models_app.hf_api.addressing import in_repository
from models_app.hf_api.http import hf_view, json_body, json_list, next_page_url, query_int, text_of
from models_app.repositories import gating
from models_app.repositories.access import Need
from models_app.repositories.models import AccessRequest, Repository

MAX_ID = 10**15


@hf_view
@in_repository(Need.ADMIN)
def listing(
    request: HttpRequest, actor: Actor, repository: Repository, /, *, status: str
) -> HttpResponseBase:
    before = query_int(request, "cursor", default=0, most=MAX_ID) or None
    page = gating.requests_of(actor, repository, status, before=before)
    next_url = next_page_url(request, str(page.next_before or ""))
    return json_list([request_json(each) for each in page.requests], next_url=next_url)


@hf_view(methods=("POST",))
@in_repository(Need.ADMIN)
def handle(request: HttpRequest, actor: Actor, repository: Repository, /) -> HttpResponseBase:
    body = json_body(request)
    reason = text_of(body, "rejectionReason", "")
    gating.handle(
        actor, repository, asker_in(repository, body), text_of(body, "status"), rejection_reason=reason
    )
    return HttpResponse(status=200)


@hf_view(methods=("POST",))
@in_repository(Need.ADMIN)
def grant(request: HttpRequest, actor: Actor, repository: Repository, /) -> HttpResponseBase:
    made = gating.grant(actor, repository, get_user(text_of(json_body(request), "user")))
    return JsonResponse(request_json(made))


def asker_in(repository: Repository, body: dict[str, Any]) -> User:
    """By name, or by the number of the request that a list gave."""
    if body.get("user") is not None:
        return get_user(text_of(body, "user"))
    number = text_of(body, "requestId")
    if not number.isdecimal() or int(number) > MAX_ID:
        raise InvalidInput("`requestId` is not one that this hub gave.")
    return gating.asker(repository, int(number))


def request_json(request: AccessRequest) -> dict[str, Any]:
    """The address of a person who did not ask is theirs alone."""
    user: dict[str, Any] = {
        "_id": f"{request.user.pk:024x}",
        "user": request.user.username,
        "fullname": request.user.namespace.full_name or request.user.username,
        "type": "user",
    }
    if not request.is_granted:
        user["email"] = request.user.email
    answer: dict[str, Any] = {
        "requestId": str(request.pk),
        "user": user,
        "status": request.status,
        "timestamp": clock.iso_millis(request.created_at),
    }
    if request.answers:
        answer["fields"] = request.answers
    if request.handled_by:
        answer["grantedBy"] = {"user": request.handled_by.username}
    if request.rejection_reason:
        answer["rejectionReason"] = request.rejection_reason
    return answer
