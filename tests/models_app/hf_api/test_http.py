from __future__ import annotations

import pytest
from django.test import RequestFactory

from hub.accounts.actors import ANONYMOUS
from hub.core import errors
from models_app.hf_api import http
from tests.factories.accounts import make_token
from tests.factories.repositories import make_repository


def test_it_says_exactly_what_clients_expect_of_a_bad_token(caller, alice) -> None:
    response = caller(alice).get("/api/whoami-v2", Authorization="Bearer hub_wrong")
    assert response.status_code == 401
    assert response["X-Error-Message"] == "Invalid credentials in Authorization header"
    assert "X-Error-Code" not in response


def test_it_tells_nobody_to_sign_in_and_others_that_nothing_is_there(caller, alice, bob) -> None:
    make_repository(alice, "hidden", private=True)
    for path in ("/api/models/alice/hidden", "/api/models/alice/missing", "/api/models/gpt2"):
        for who, status in ((caller(), 401), (caller(bob), 404)):
            response = who.get(path)
            assert (response.status_code, response["X-Error-Code"]) == (status, "RepoNotFound")
            assert response.json() == {"error": "Repository not found"}
            assert response["X-Request-Id"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/api/models/gpt2/like"),
        ("GET", "/gpt2/resolve/main/a"),
        ("POST", "/api/datasets/gpt2/branch"),
    ],
)
def test_it_knows_names_without_a_namespace_as_missing(caller, alice, method, path) -> None:
    response = caller(alice).send(method, path)
    assert (response.status_code, response["X-Error-Code"]) == (404, "RepoNotFound")


def test_it_names_the_commit_when_a_path_is_missing(caller, alice) -> None:
    repository = make_repository(alice, "m")
    response = caller().get("/api/models/alice/m/tree/main/none")
    assert (response.status_code, response["X-Error-Code"]) == (404, "EntryNotFound")
    assert response["X-Repo-Commit"] == repository.head


def test_it_leads_from_an_old_name_with_path_and_query(caller, alice) -> None:
    make_repository(alice, "old")
    asked = caller(alice)
    asked.post("/api/repos/move", {"fromRepo": "alice/old", "toRepo": "alice/new", "type": "model"})
    response = asked.get("/api/models/alice/old/tree/main?recursive=true")
    assert response.status_code == 307
    assert response["Location"] == "/api/models/alice/new/tree/main?recursive=true"


@pytest.mark.parametrize("place", ["alice/a", "alice/a.git"])
def test_git_is_led_from_an_old_name_that_stands_in_its_namespace_too(caller, alice, place) -> None:
    make_repository(alice, "a")
    caller(alice).post("/api/repos/move", {"fromRepo": "alice/a", "toRepo": "alice/b", "type": "model"})
    response = caller().get(f"/{place}/info/refs?service=git-upload-pack")
    assert response.status_code == 307
    assert response["Location"] == "/alice/b.git/info/refs?service=git-upload-pack"


def test_refusals_of_git_carry_the_same_marks(caller, alice) -> None:
    response = caller(alice).get("/alice/none.git/info/refs?service=git-upload-pack")
    assert (response.status_code, response["X-Error-Code"]) == (404, "RepoNotFound")
    assert response["X-Error-Message"] == "Repository not found"


def test_an_old_name_in_a_body_is_told_the_new_one(caller, alice) -> None:
    make_repository(alice, "source")
    make_repository(alice, "old")
    asked = caller(alice)
    asked.post("/api/repos/move", {"fromRepo": "alice/old", "toRepo": "alice/new", "type": "model"})
    copies = {"target": {"type": "model", "name": "alice/old"}, "files": []}
    response = asked.post("/api/models/alice/source/lfs-files/duplicate", copies)
    assert (response.status_code, response["X-Error-Code"]) == (404, "RepoNotFound")
    assert "now called alice/new" in response.json()["error"]


@pytest.mark.parametrize("path", ["/api/nonsense", "/api/models/alice/m/nonsense", "/api/x/y/z"])
def test_it_answers_unknown_routes_in_json(caller, alice, path) -> None:
    make_repository(alice, "m")
    response = caller().get(path)
    assert (response.status_code, response["X-Error-Code"]) == (404, "NotFound")
    assert response.json()["error"]


@pytest.mark.parametrize("path", ["/api/daily_papers", "/api/buckets/a/b", "/api/sandboxes/alice"])
def test_it_says_what_is_not_offered(caller, db, path) -> None:
    response = caller().post(path)
    assert (response.status_code, response["X-Error-Code"]) == (501, "NotImplemented")
    assert "not offered" in response.json()["error"]


def test_it_knows_which_methods_a_route_has(caller, db) -> None:
    response = caller().post("/api/whoami-v2")
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"[" * 100_000, b"\xff"])
def test_it_refuses_a_body_that_is_no_object(caller, alice, body) -> None:
    response = caller(alice).post("/api/repos/create", body)
    assert (response.status_code, response["X-Error-Code"]) == (400, "InvalidInput")


@pytest.mark.parametrize(
    "path",
    [
        "/api/models?search=%00",
        "/api/models/a%00/b",
        "/api/users/%00/overview",
        "/api/models/alice/m/tree/%00",
    ],
)
def test_it_refuses_nul_characters(caller, alice, path) -> None:
    make_repository(alice, "m")
    assert caller(alice).get(path).status_code == 400
    assert caller(alice).post("/api/repos/create", {"name": "m", "organization": "a\x00"}).status_code == 400


def test_it_never_lets_a_browser_session_write(client, alice) -> None:
    client.force_login(alice)
    assert client.get("/api/whoami-v2").status_code == 200
    response = client.post("/api/repos/create", {"name": "m"}, content_type="application/json")
    assert response.status_code == 401


def test_it_takes_a_token_as_password_too(client, alice) -> None:
    import base64

    secret = base64.b64encode(f"hf_user:{make_token(alice)}".encode()).decode()
    assert (
        client.get("/api/whoami-v2", headers={"Authorization": f"Basic {secret}"}).json()["name"] == "alice"
    )


def test_it_turns_a_failure_into_generic_json(rf: RequestFactory) -> None:
    @http.hf_view
    def broken(request, actor):
        raise RuntimeError("secret detail")

    request = rf.get("/api/x")
    request.resolved_actor = ANONYMOUS
    response = broken(request)
    assert response.status_code == 500
    assert b"secret" not in response.content


def test_it_keeps_headers_to_one_line_of_ascii(rf: RequestFactory) -> None:
    response = http.error_response(rf.get("/"), errors.InvalidInput("一行\r\nX-Evil: 1"), ANONYMOUS)
    assert response["X-Error-Message"] == "?? X-Evil: 1"


def test_it_states_size_and_patience_where_the_error_has_them(rf: RequestFactory) -> None:
    response = http.error_response(rf.get("/"), errors.RangeNotSatisfiable(10), ANONYMOUS)
    assert (response.status_code, response["Content-Range"]) == (416, "bytes */10")
    assert http.error_response(rf.get("/"), errors.Busy("later"), ANONYMOUS)["Retry-After"] == "2"


def test_a_refusal_before_the_body_was_read_ends_the_connection(caller, alice, bob) -> None:
    """The server drops what nobody read together with the connection: clients have to know."""
    make_repository(alice, "m")
    refused = caller(bob).commit("alice/m", [{"key": "header", "value": {"summary": "x"}}])
    assert (refused.status_code, refused["Connection"]) == (403, "close")
    assert "Connection" not in caller(alice).post("/api/repos/create", {"name": "m"})
    assert "Connection" not in caller(alice).get("/api/models/alice/none")
