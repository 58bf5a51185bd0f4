"""How this door speaks: who asks, how a refusal looks, how bodies are read.

A view of this package is `view(request, actor, **kwargs)` below `@hf_view`; it raises what the
rooms raise, and the answer is made here once, in the form the ecosystem's clients match on.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, BinaryIO, overload

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.http.response import HttpResponseBase
from django.utils.encoding import escape_uri_path
from django.views.decorators.csrf import csrf_exempt

from hub.accounts.actors import ANONYMOUS, Actor
from hub.accounts.requests import actor_of
from hub.core import full_storage
from hub.core.errors import (
    Busy,
    EntryNotFound,
    HubError,
    InvalidInput,
    NotFound,
    PermissionRefused,
    RangeNotSatisfiable,
    RepositoryMoved,
    RepositoryNotFound,
    TooLarge,
    header_text,
)

log = logging.getLogger(__name__)

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
MAX_JSON_BYTES = 5_000_000


# Called as `view(request, actor, **kwargs)`.
HfView = Callable[..., HttpResponseBase]
DjangoView = Callable[..., HttpResponseBase]


@overload
def hf_view(view: HfView, /) -> DjangoView: ...


@overload
def hf_view(*, methods: Sequence[str] = ...) -> Callable[[HfView], DjangoView]: ...


def hf_view(
    view: HfView | None = None, /, *, methods: Sequence[str] = ("GET",)
) -> DjangoView | Callable[[HfView], DjangoView]:
    """A route of the protocol: the actor comes in, every error goes out in the protocol's form.

    HEAD is allowed wherever GET is. Give a URL with several methods its views by `by_method`.
    """
    if view is not None:
        return hf_view(methods=methods)(view)
    allowed = {*methods, "HEAD"} if "GET" in methods else set(methods)

    def decorate(inner: HfView) -> DjangoView:
        @csrf_exempt
        @wraps(inner)
        def outer(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            if request.method not in allowed:
                return method_not_allowed(allowed)
            return answer(inner, request, kwargs)

        return outer

    return decorate


def by_method(**views: DjangoView) -> DjangoView:
    """One URL, a view for each method: `by_method(GET=show, PUT=change)`."""
    if "GET" in views:
        views.setdefault("HEAD", views["GET"])

    @csrf_exempt
    def dispatch(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        view = views.get(request.method or "")
        return view(request, **kwargs) if view else method_not_allowed(views)

    return dispatch


def answer(view: HfView, request: HttpRequest, kwargs: dict[str, Any]) -> HttpResponseBase:
    actor = ANONYMOUS
    try:
        refuse_nul(request.path + "".join("".join(values) for _key, values in request.GET.lists()))
        actor = protocol_actor(request)
        return view(request, actor, **kwargs)
    except HubError as error:
        return error_response(request, error, actor, kwargs)
    except RequestDataTooBig:
        return error_response(request, TooLarge("The request body is too large."), actor, kwargs)
    except (SuspiciousOperation, UnreadablePostError):
        return error_response(request, InvalidInput("The request could not be read."), actor, kwargs)
    except Exception as error:  # the last resort of this door: clients need JSON, never an HTML page
        if full := full_storage.recognize(error):
            return error_response(request, full, actor, kwargs)
        log.exception("failed: %s %s", request.method, request.path)
        return error_json(500, "InternalError", "Something went wrong on the hub.")


def refuse_nul(text: str) -> None:
    """No name, path or text of the hub holds a NUL, and PostgreSQL stores none. Raises InvalidInput."""
    if "\x00" in text:
        raise InvalidInput("The request holds a NUL character.")


def protocol_actor(request: HttpRequest) -> Actor:
    """Who asks. A browser's session may read here, but never write: another site could forge such
    a request, since these routes carry no CSRF token. Raises InvalidCredentials."""
    if request.method in SAFE_METHODS or "Authorization" in request.headers:
        return actor_of(request)
    return ANONYMOUS


# --- Errors --------------------------------------------------------------------------------------


def error_response(
    request: HttpRequest, error: HubError, actor: Actor, kwargs: Mapping[str, Any] | None = None
) -> HttpResponse:
    """The error as status, `X-Error-Code`, `X-Error-Message` and `{"error": ...}`."""
    if isinstance(error, RepositoryMoved):
        return moved(request, error, kwargs or {})
    status = error.status
    # A private repository and a missing one look alike to nobody: signing in may help in both cases.
    if isinstance(error, (PermissionRefused, RepositoryNotFound)) and not actor.is_authenticated:
        status = 401
    response = error_json(status, error.code, error.message, error.fields)
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="hub"'
    if isinstance(error, EntryNotFound) and error.commit:
        response["X-Repo-Commit"] = error.commit
    if isinstance(error, RangeNotSatisfiable):
        response["Content-Range"] = f"bytes */{error.size}"
    if isinstance(error, Busy):
        response["Retry-After"] = str(error.retry_after)
    return response


def error_json(status: int, code: str, message: str, fields: Mapping[str, Any] | None = None) -> JsonResponse:
    response = JsonResponse({"error": message, **(fields or {})}, status=status)
    if code:
        response["X-Error-Code"] = code
    response["X-Error-Message"] = header_text(message)
    # A refusal is an answer, not an event for the log; Django would write a line for each.
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001
    return response


def moved(request: HttpRequest, error: RepositoryMoved, kwargs: Mapping[str, Any]) -> HttpResponse:
    """307 to the same route under the new name; relative, since older clients follow no other.

    An old name in the body leads nowhere: its sender is told the new one.
    """
    old_id = f"/{kwargs.get('namespace', '')}/{kwargs.get('name', '')}"
    path = request.get_full_path()
    if old_id != f"/{error.old_id}" or old_id not in path:
        return error_json(404, RepositoryNotFound.code, error.message)
    response = HttpResponse(status=error.status)
    response["Location"] = path.replace(old_id, f"/{error.new_id}", 1)
    response["X-Error-Code"] = error.code
    return response


def method_not_allowed(allowed: Sequence[str] | set[str] | Mapping[str, Any]) -> HttpResponse:
    response = error_json(405, "MethodNotAllowed", "This route does not know the method.")
    response["Allow"] = ", ".join(sorted(allowed))
    return response


@hf_view(methods=("GET", "POST", "PUT", "PATCH", "DELETE"))
def unknown_route(_request: HttpRequest, _actor: Actor, /, **_kwargs: Any) -> HttpResponseBase:
    raise NotFound("The hub has no such route.")


# --- Reading requests ----------------------------------------------------------------------------


def body_stream(request: HttpRequest) -> BinaryIO:
    """The body as a stream, also when it came in chunks without a length, which Django reads as empty."""
    if request.headers.get("Transfer-Encoding", "").lower() == "chunked" and not request.META.get(
        "CONTENT_LENGTH"
    ):
        stream: BinaryIO = request.META["wsgi.input"]
        return stream
    return request  # type: ignore[return-value]


def json_body(request: HttpRequest, *, limit: int = MAX_JSON_BYTES) -> dict[str, Any]:
    """The body as a JSON object; an empty body is an empty object. Raises InvalidInput, TooLarge."""
    body = json_value(request, limit=limit)
    if not isinstance(body, dict):
        raise InvalidInput("The body must be a JSON object.")
    return body


def json_value(request: HttpRequest, *, limit: int = MAX_JSON_BYTES) -> Any:
    """The same for routes that take more than an object."""
    raw = body_stream(request).read(limit + 1)
    if len(raw) > limit:
        raise TooLarge(f"The body is larger than {limit} bytes.")
    if not raw.strip():
        return {}
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise InvalidInput("The body is not valid JSON.") from None


def text_of(body: Mapping[str, Any], key: str, default: str | None = None) -> str:
    """A text of the body. Raises InvalidInput when it is missing without a default, or no text."""
    value = body.get(key)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise InvalidInput(f"`{key}` must be a text.")
    refuse_nul(value)
    return value


def flag_of(body: Mapping[str, Any], key: str) -> bool | None:
    value = body.get(key)
    if value is not None and not isinstance(value, bool):
        raise InvalidInput(f"`{key}` must be true or false.")
    return value


def query_flag(request: HttpRequest, key: str) -> bool:
    return request.GET.get(key, "").lower() in {"1", "true"}


def query_list(request: HttpRequest, key: str) -> list[str]:
    """All values of `key=` and `key[]=`: clients write lists both ways."""
    return request.GET.getlist(key) + request.GET.getlist(f"{key}[]")


def query_int(request: HttpRequest, key: str, *, default: int, most: int, least: int = 1) -> int:
    """A number of the query, cut to `least` and `most`. Raises InvalidInput."""
    text = request.GET.get(key)
    if text is None or text == "":
        return default
    if not text.isdecimal() or len(text) > 9:
        raise InvalidInput(f"`{key}` must be a whole number, not {text[:40]!r}.")
    return max(least, min(int(text), most))


def absolute(request: HttpRequest, path: str) -> str:
    """`path` on the host that the client used: clients compare it with their endpoint."""
    return request.build_absolute_uri(path)


def json_list(items: list[Any], *, next_url: str | None = None) -> JsonResponse:
    response = JsonResponse(items, safe=False)
    if next_url:
        response["Link"] = f'<{next_url}>; rel="next"'
    return response


def next_page_url(request: HttpRequest, cursor: str) -> str | None:
    """The URL of the following page: this request with another cursor; None when there is none."""
    if not cursor:
        return None
    query = request.GET.copy()
    query["cursor"] = cursor
    return absolute(request, f"{escape_uri_path(request.path)}?{query.urlencode()}")
