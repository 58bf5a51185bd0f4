"""Sending a request to the hub and saying what was wrong with the answer."""

from __future__ import annotations

import base64
import logging
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from typing import Any
from urllib.parse import unquote

from django.core.signals import request_finished
from django.db import close_old_connections
from django.test import Client
from django.urls import Resolver404, resolve

from tests.fuzz.requests import Request, twin
from tests.fuzz.world import OUTSIDERS, SECRET_DATA, SECRET_MODEL, World

WORD = re.compile(r"\{([a-z_0-9]+)\}")
GRANTS = ("{signed_", "{cas_")
READ_BYTES = 1_000_000
# What may differ between two answers to the same question; each new discussion has the next number.
CHANGING = re.compile(
    rb'csrfmiddlewaretoken" value="[^"]*"|X-CSRFToken"?: ?"[^"]*"|Root=[-0-9a-f;]+|\d{4}-\d\d-\d\dT[^"<]*'
    rb'|"num": \d+'
)
CHANGING_HEADERS = {"X-Request-Id", "Date", "Set-Cookie", "Expires"}


class Traceback(logging.Handler):
    """The last failure that the hub wrote to its log."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1]:
            self.text = logging.Formatter().formatException(record.exc_info)


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    view: str

    @property
    def text(self) -> bytes:
        told = "\n".join(f"{name}: {value}" for name, value in self.headers.items())
        return told.encode("utf-8", "replace") + b"\n\n" + self.body


@dataclass
class Judge:
    """Counts answers by status and keeps what was found, with the request that showed it."""

    statuses: Counter[int] = field(default_factory=Counter)
    found: dict[str, str] = field(default_factory=dict)
    sent: int = 0
    log: Traceback = field(default_factory=Traceback)

    def try_out(self, request: Request, world: World) -> None:
        answer = self.send(request, world)
        filled = fill(request, world)
        for fault in self.faults(request, filled, answer, world):
            self.note(fault, request, answer)
        names = (SECRET_MODEL, SECRET_DATA)
        if request.person in OUTSIDERS and any(
            name in filled.url or name.encode() in filled.body for name in names
        ):
            other = self.send(twin(filled), world)
            if (fault := difference(answer, other)) and not world.has_changed():
                self.note(
                    f"tells a private repository from a missing one: {request.route}",
                    request,
                    answer,
                    fault,
                )

    def note(self, fault: str, request: Request, answer: Answer, more: str = "") -> None:
        if fault not in self.found:
            self.found[fault] = (
                f"{request}\n    {answer.status} {answer.headers} {answer.body[:300]!r}\n    {more}"
            )

    def faults(self, request: Request, filled: Request, answer: Answer, world: World) -> Iterator[str]:
        if answer.status >= 500 and not is_meant(answer):
            yield f"{answer.status} {answer.view}: {self.log.text[-1500:]}"
        if "X-Request-Id" not in answer.headers:
            yield f"no X-Request-Id: {answer.view}"
        if is_protocol_error(answer) and not has_code(answer):
            yield f"no X-Error-Code: {answer.status} {answer.view}"
        held = world.hidden_from(request.person) if not holds_grant(request) else []
        question = words_of(filled)
        for secret in held:
            if secret.encode() in answer.text and secret not in question:
                what = secret if secret.startswith("zq") else "an id"
                yield f"{what} leaks to {request.person}: {answer.view}"

    def send(self, request: Request, world: World) -> Answer:
        filled, client = fill(request, world), Client(raise_request_exception=False)
        self.log.text = ""
        headers = filled.headers | credentials(filled, world)
        if filled.way == "session" and (user := world.users.get(filled.person)):
            client.force_login(user)
        # The input of a real server ends where the body does, whatever its length is said to be.
        extra: dict[str, Any] = {"wsgi.input": BytesIO(filled.body)}
        if filled.headers.get("Transfer-Encoding") == "chunked":
            extra["CONTENT_LENGTH"] = ""
        response = client.generic(
            filled.method,
            f"http://testserver{filled.url}",
            filled.body,
            content_type=filled.content_type,
            headers=headers,
            **extra,
        )
        self.sent += 1
        answer = self.read(response)
        self.statuses[answer.status] += 1
        return answer

    def read(self, response: Any) -> Answer:
        status, body = response.status_code, b""
        try:
            if not response.streaming:
                body = response.content
            # A stream of events waits for more of them, and gives its connection back meanwhile.
            elif not response.headers.get("Content-Type", "").startswith("text/event-stream"):
                body = b"".join(islice(response.streaming_content, 50))[:READ_BYTES]
        except Exception:  # what a server would break off in the middle
            logging.getLogger(__name__).exception("broke off")
            status = 599
        finally:
            # As Django's test client does: the connection stays the test's own.
            request_finished.disconnect(close_old_connections)
            response.close()
            request_finished.connect(close_old_connections)
        return Answer(status, dict(response.items()), body, view_of(response.wsgi_request.path_info))


def view_of(path: str) -> str:
    try:
        return resolve(path).view_name
    except Resolver404:
        return "none"


def fill(request: Request, world: World) -> Request:
    """With the words replaced by what this world has for them."""

    def put(text: str) -> str:
        return WORD.sub(lambda match: world.values.get(match[1], match[0]), text)

    body = put(request.body.decode("latin-1")).encode("latin-1")
    headers = {name: put(value) for name, value in request.headers.items()}
    return Request(
        request.route,
        request.person,
        request.way,
        request.method,
        put(request.url),
        body,
        request.content_type,
        headers,
    )


def credentials(request: Request, world: World) -> dict[str, str]:
    token = world.tokens.get(request.person, "")
    if request.way == "token" and token:
        return {"Authorization": f"Bearer {token}"}
    if request.way == "basic" and token:
        return {"Authorization": "Basic " + base64.b64encode(f"x:{token}".encode()).decode()}
    if request.way == "cas":
        return {
            "Authorization": f"Bearer {world.values['cas_write' if len(request.url) % 2 else 'cas_read']}"
        }
    if request.way == "nonsense":
        return {"Authorization": "Bearer hf_nonsense" if len(request.url) % 2 else "Basic !!"}
    return {}


def holds_grant(request: Request) -> bool:
    """Whether it carries what only somebody could have who was let in: it works for whoever holds it."""
    texts = [request.url, request.body.decode("latin-1"), *request.headers.values()]
    return request.way == "cas" or any(grant in text for grant in GRANTS for text in texts)


def words_of(request: Request) -> str:
    return " ".join(
        [unquote(request.url), request.body.decode("utf-8", "replace"), *request.headers.values()]
    )


def is_meant(answer: Answer) -> bool:
    """What the hub leaves out, and what it asks to come back for, it says with a code."""
    return answer.status in {501, 503} and bool(answer.headers.get("X-Error-Code"))


def is_protocol_error(answer: Answer) -> bool:
    return answer.view.startswith("hf:") and answer.status >= 400


def has_code(answer: Answer) -> bool:
    """An unknown token has none on purpose; the check of a card answers with what is wrong in it, and OAuth
    has errors of its own form."""
    if answer.headers.get("X-Error-Code"):
        return True
    bad_token = answer.status == 401 and answer.headers.get("X-Error-Message", "").startswith(
        "Invalid credentials"
    )
    return bad_token or answer.view == "hf:validate-yaml" or answer.view.startswith("hf:oauth-")


def difference(answer: Answer, other: Answer) -> str:
    """How two answers differ beyond the name that was asked for."""
    ours, theirs = plain(answer), plain(other)
    return "" if ours == theirs else f"{other.status} {other.headers} {other.body[:300]!r}"


def plain(answer: Answer) -> tuple[Any, ...]:
    def scrub(data: bytes) -> bytes:
        for name in (SECRET_MODEL, SECRET_DATA, twin_name(SECRET_MODEL), twin_name(SECRET_DATA)):
            data = data.replace(name.encode(), b"NAME")
        return CHANGING.sub(b"", data)

    headers = {
        name: scrub(value.encode()) for name, value in answer.headers.items() if name not in CHANGING_HEADERS
    }
    return answer.status, headers, scrub(answer.body)


def twin_name(name: str) -> str:
    from tests.fuzz.world import MISSING_DATA, MISSING_MODEL

    return MISSING_MODEL if name == SECRET_MODEL else MISSING_DATA
