"""Xorbs come in, whole or by a grant.

A client must not learn from an answer that somebody else sent the same bytes: what is here counts as here for
those who sent it, or who may read a file of it. Others send it again, and are told that it is new.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from hub.accounts.actors import ANONYMOUS
from hub.core import body, full_storage, signing, transfers
from hub.core.errors import HubError, InvalidInput, NotFound
from models_app.content import dedup, selectors, services, staging
from models_app.hf_api.cas import cas_view, knowledge_of
from models_app.hf_api.http import absolute, error_response, json_body, method_not_allowed
from models_app.repositories import known_content
from models_app.repositories.xet_access import Scope, XetAccess, cas_path

MAX_XORB_BODY = 73 << 20
GRANT_PURPOSE = "xet.grant"
GRANT_LIFE_SECONDS = 3600


def may_know(access: XetAccess, xorb: str) -> bool:
    """Whether the person may learn that the xorb is here. Two queries at most."""
    sent = access.user_id is not None and known_content.was_sent_by(access.user_id, xorb)
    return sent or dedup.is_told_of(xorb, knowledge_of(access))


def accepted(access: XetAccess, xorb: str, *, inserted: bool, told: bool) -> HttpResponseBase:
    if access.user_id is not None:
        known_content.note_sent(access.user_id, xorb)
    return JsonResponse({"was_inserted": inserted or not told})


@cas_view(Scope.WRITE, "POST")
def receive(request: HttpRequest, access: XetAccess, /, *, xorb: str) -> HttpResponseBase:
    told = may_know(access, xorb)
    with transfers.receiving(body.declared_length(request)):
        blocks = body.stream(request, limit=MAX_XORB_BODY)
        inserted = services.receive_xorb(xorb, blocks, trust_known=told)
    return accepted(access, xorb, inserted=inserted, told=told)


@cas_view(Scope.READ, "HEAD")
def describe(_request: HttpRequest, access: XetAccess, /, *, xorb: str) -> HttpResponseBase:
    size = selectors.xorb_size(xorb) if may_know(access, xorb) else None
    if size is None:
        raise NotFound("There is no such xorb.")
    return HttpResponse(headers={"Content-Length": str(size)})


@csrf_exempt
def receive_or_describe(request: HttpRequest, *, xorb: str) -> HttpResponseBase:
    view = describe if request.method == "HEAD" else receive
    return view(request, xorb=xorb)


# --- Grants ---------------------------------------------------------------------------------------


@cas_view(Scope.WRITE, "POST")
def grant(request: HttpRequest, access: XetAccess, /, *, xorb: str) -> HttpResponseBase:
    """Where to put the bytes of a xorb: the object store where there is one, else this hub."""
    length = json_body(request).get("length")
    if not isinstance(length, int) or not 0 < length <= MAX_XORB_BODY:
        raise InvalidInput(f"`length` must be a number of bytes up to {MAX_XORB_BODY}.")
    if may_know(access, xorb) and staging.is_stored(xorb):
        return JsonResponse({})
    place = staging.new_place()
    payload = {"xorb": xorb, "place": place, "length": length}
    granted = signing.sign(payload, purpose=GRANT_PURPOSE, lifetime=GRANT_LIFE_SECONDS)
    url = staging.outside_url(place, length) or absolute(request, f"{cas_path()}/staged/{granted}")
    return JsonResponse({"id": granted, "method": "PUT", "url": url, "headers": {}}, status=201)


@csrf_exempt
def receive_staged(request: HttpRequest, *, signed: str) -> HttpResponseBase:
    """The bytes of a granted xorb; the address carries the right to send them."""
    if request.method != "PUT":
        return method_not_allowed(["PUT"])
    try:
        granted = signing.unsign(signed, purpose=GRANT_PURPOSE)
        with transfers.receiving(body.declared_length(request)):
            staging.receive(granted["place"], body.stream(request, limit=granted["length"]))
    except HubError as error:
        return error_response(request, error, ANONYMOUS)
    except OSError as error:
        if full := full_storage.recognize(error):
            return error_response(request, full, ANONYMOUS)
        raise
    return HttpResponse(status=200)


@cas_view(Scope.WRITE, "POST")
def commit(_request: HttpRequest, access: XetAccess, /, *, xorb: str, grant: str) -> HttpResponseBase:
    try:
        granted = signing.unsign(grant, purpose=GRANT_PURPOSE)
    except signing.SignatureExpired:
        # Clients begin anew where nothing arrived, and give up where they are refused.
        raise NotFound("The time of this grant is over; ask for another one.") from None
    if granted["xorb"] != xorb:
        raise signing.SignatureRefused("This grant is for another xorb.")
    told = may_know(access, xorb)
    return accepted(access, xorb, inserted=staging.commit(xorb, granted["place"]), told=told)
