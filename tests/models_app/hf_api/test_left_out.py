"""What the hub does not offer says so: 501, a code, a sentence."""

from __future__ import annotations

import pytest

from hub.accounts.models import User

SPACE = "/api/spaces/alice/demo"
KERNEL = "/api/kernels/alice/fast"
BUCKET = "/api/buckets/alice/files"


@pytest.mark.parametrize(
    ("method", "route"),
    [
        *(
            ("GET", f"{SPACE}/{part}")
            for part in ("secrets", "variables", "runtime", "logs/build", "logs/run")
        ),
        *(("POST", f"{SPACE}/{part}") for part in ("secrets", "variables", "hardware", "sleeptime", "pause")),
        *(("POST", f"{SPACE}/{part}") for part in ("restart", "dev-mode", "duplicate")),
        *(("DELETE", f"{SPACE}/{part}") for part in ("secrets", "variables", "storage", "volumes")),
        ("PUT", f"{SPACE}/volumes"),
        ("GET", "/api/spaces/hardware"),
        ("GET", "/api/spaces/templates"),
        ("GET", "/api/spaces/zero-gpu/quota"),
        ("GET", "/api/spaces/semantic-search?q=x"),
        ("GET", "/api/buckets/alice"),
        ("POST", BUCKET),
        ("GET", f"{BUCKET}/tree"),
        ("POST", f"{BUCKET}/batch"),
        ("POST", f"{BUCKET}/paths-info"),
        ("GET", f"{BUCKET}/xet-write-token"),
        ("GET", "/buckets/alice/files/resolve/a%2Fb"),
        ("HEAD", "/buckets/alice/files/resolve/a/b"),
        ("GET", "/api/sandboxes/alice"),
        ("GET", "/api/daily_papers"),
        ("GET", "/.well-known/openid-configuration"),
        ("GET", "/oauth/authorize?client_id=x"),
        ("GET", "/oauth/userinfo"),
    ],
)
def test_it_says_what_is_left_out(caller, alice: User, method: str, route: str) -> None:
    answer = caller(alice).send(method, route, {} if method == "POST" else None)
    assert (answer.status_code, answer["X-Error-Code"]) == (501, "NotImplemented"), answer.content
    assert "not offered by this hub" in answer["X-Error-Message"]


@pytest.mark.parametrize("kind", ["space", "kernel", "bucket"])
def test_it_does_not_create_them(caller, alice: User, kind: str) -> None:
    answer = caller(alice).post("/api/repos/create", {"name": "demo", "organization": None, "type": kind})
    assert (answer.status_code, answer["X-Error-Code"]) == (501, "NotImplemented")


@pytest.mark.parametrize(
    "place", [SPACE, KERNEL, f"{SPACE}/revision/main", f"{SPACE}/tree/main", f"{SPACE}/refs"]
)
def test_a_space_or_kernel_is_missing_to_who_asks_for_it(caller, alice: User, place: str) -> None:
    """So that programs which look whether one exists are told that it does not."""
    answer = caller(alice).get(place)
    assert (answer.status_code, answer["X-Error-Code"]) == (404, "RepoNotFound")
    assert caller(alice).get("/api/spaces").json() == caller(alice).get("/api/kernels").json() == []
