"""A webhook from the act to the receiver, through outbox, broker and worker."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import json
import threading
import time
from collections.abc import Iterator

import pytest
from huggingface_hub import HfApi

from tests.contract.people import make_person
from tests.live import LiveHub

Seen = list[tuple[dict[str, str], bytes]]


@pytest.fixture(scope="module")
def hub() -> Iterator[LiveHub]:
    hub = LiveHub(extra_env={"HUB_OUTGOING_ALLOWED_HOSTS": "127.0.0.1"})
    try:
        yield hub.start().start_workers()
    finally:
        hub.close()


@pytest.fixture
def receiver() -> Iterator[tuple[str, Seen]]:
    seen: Seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/hook", seen
    server.shutdown()
    server.server_close()


def test_a_commit_reaches_the_receiver_signed(hub: LiveHub, receiver: tuple[str, Seen]) -> None:
    url, seen = receiver
    person = make_person(hub)
    api = HfApi(endpoint=hub.url, token=person.token)
    api.create_webhook(url=url, watched=[{"type": "user", "name": person.name}], secret="hush")
    api.create_repo(f"{person.name}/m")
    commit = api.upload_file(path_or_fileobj=b"x", path_in_repo="x.txt", repo_id=f"{person.name}/m")
    wait_for(lambda: len(seen) >= 2)
    bodies = {json.loads(body)["event"]["scope"]: (headers, body) for headers, body in seen}
    assert set(bodies) == {"repo", "repo.content"}
    headers, body = bodies["repo.content"]
    assert json.loads(body)["updatedRefs"][0]["newSha"] == commit.oid
    assert headers["X-Webhook-Secret"] == "hush"
    expected = hmac.new(b"hush", body, hashlib.sha256).hexdigest()
    assert headers["X-Webhook-Signature"] == f"sha256={expected}"


def wait_for(condition, seconds: float = 60) -> None:  # type: ignore[no-untyped-def]
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.2)
