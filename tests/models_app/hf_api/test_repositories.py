from __future__ import annotations

import base64

import pytest

from hub.accounts.models import Role
from models_app.repositories import selectors
from tests.factories.accounts import make_organization
from tests.factories.repositories import make_repository
from tests.models_app.hf_api.conftest import file, header


def test_it_creates_with_one_commit_and_names_the_address(caller, alice) -> None:
    response = caller(alice).post(
        "/api/repos/create", {"name": "data", "type": "dataset", "visibility": "private"}
    )
    assert response.status_code == 200
    assert response.json()["url"] == "http://testserver/datasets/alice/data"
    info = caller(alice).get("/api/datasets/alice/data").json()
    assert info["private"]
    assert [file["rfilename"] for file in info["siblings"]] == [".gitattributes"]


def test_it_names_the_address_of_a_taken_name(caller, alice) -> None:
    asked = caller(alice)
    asked.post("/api/repos/create", {"name": "m", "private": False})
    response = asked.post("/api/repos/create", {"name": "M"})
    assert (response.status_code, response["X-Error-Code"]) == (409, "Conflict")
    assert response.json()["url"].lower() == "http://testserver/alice/m"


def test_it_creates_with_first_files_and_a_licence(caller, alice) -> None:
    content = base64.b64encode(b"print()").decode()
    body = {
        "name": "m",
        "license": "mit",
        "files": [{"path": "a.py", "content": content, "encoding": "base64"}],
    }
    assert caller(alice).post("/api/repos/create", body).status_code == 200
    info = caller().get("/api/models/alice/m").json()
    assert [file["rfilename"] for file in info["siblings"]] == [".gitattributes", "README.md", "a.py"]
    assert info["cardData"] == {"license": "mit"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"name": 3}, 400),
        ({"name": "bad name"}, 400),
        ({"name": "m", "type": "thing"}, 400),
        ({"name": "m", "type": "space", "sdk": "gradio"}, 501),
        ({"name": "m", "visibility": "hidden"}, 400),
        ({"name": "m", "private": "yes"}, 400),
        ({"name": "m", "organization": "nowhere"}, 404),
        ({"name": "m", "organization": "bob"}, 403),
        ({"name": "m", "license": "mit\n---\nevil: 1"}, 400),
        ({"name": "m", "files": [{"path": "a", "content": "%%"}]}, 400),
    ],
)
def test_it_refuses_bad_creations_and_leaves_nothing(caller, alice, bob, body, status) -> None:
    asked = caller(alice)
    assert asked.post("/api/repos/create", body).status_code == status
    assert asked.get("/api/models").json() == []


def test_it_lets_a_reading_token_read_only(caller, alice) -> None:
    make_repository(alice, "m", private=True)
    asked = caller(alice, "read")
    assert asked.get("/api/models/alice/m").status_code == 200
    assert asked.post("/api/repos/create", {"name": "n"}).status_code == 403
    assert asked.get("/api/models/alice/m/auth-check/write").status_code == 403


def test_it_deletes_and_forgets(caller, alice) -> None:
    make_repository(alice, "m")
    asked = caller(alice)
    assert asked.send("DELETE", "/api/repos/delete", {"name": "m"}).status_code == 200
    response = asked.send("DELETE", "/api/repos/delete", {"name": "m", "organization": "alice"})
    assert (response.status_code, response["X-Error-Code"]) == (404, "RepoNotFound")


def test_it_changes_visibility_for_administrators_only(caller, alice, bob) -> None:
    acme = make_organization("acme", admin=alice, members={bob: Role.WRITE})
    make_repository(acme, "m")
    url = "/api/models/acme/m/settings"
    assert caller(bob).send("PUT", url, {"private": True}).status_code == 403
    assert caller(alice).send("PUT", url, {"visibility": "private"}).json()["private"]
    assert caller(alice).send("PUT", url, {"gated": "auto"}).json()["gated"] == "auto"
    assert caller(alice).send("PUT", url, {"gated": False}).status_code == 200


def test_it_keeps_branches_with_slashes_apart_from_paths(caller, alice) -> None:
    repository = make_repository(alice, "m", files={"sub/a.txt": "a"})
    asked = caller(alice)
    url = "/api/models/alice/m"
    assert asked.post(f"{url}/branch/feature%2Fx", {}).status_code == 200
    assert [entry["path"] for entry in asked.get(f"{url}/tree/feature%2Fx/sub").json()] == ["sub/a.txt"]
    assert (
        asked.get(f"{url}/revision/feature%2Fx").json()["sha"] == selectors.resolve(repository, "main").commit
    )
    assert asked.post(f"{url}/branch/y", {"startingPoint": "none"})["X-Error-Code"] == "RevisionNotFound"
    taken = asked.post(f"{url}/branch/feature%2Fx", {})
    assert (taken.status_code, taken.json()["error"]) == (
        409,
        "Reference refs/heads/feature/x already exists",
    )
    assert asked.send("DELETE", f"{url}/branch/feature%2Fx").status_code == 200
    assert [ref["name"] for ref in asked.get(f"{url}/refs").json()["branches"]] == ["main"]


def test_it_tags_short_commit_ids(caller, alice) -> None:
    repository = make_repository(alice, "m")
    asked = caller(alice)
    url = "/api/models/alice/m"
    assert asked.post(f"{url}/tag/{repository.head[:7]}", {"tag": "v1", "message": "one"}).status_code == 200
    assert asked.get(f"{url}/refs?include_prs=1").json() == {
        "branches": [
            {"name": "main", "ref": "refs/heads/main", "targetCommit": repository.head, "protected": True}
        ],
        "converts": [],
        "tags": [{"name": "v1", "ref": "refs/tags/v1", "targetCommit": repository.head}],
        "pullRequests": [],
    }
    assert asked.post(f"{url}/tag/main", {"tag": "v1"}).status_code == 409
    assert asked.post(f"{url}/tag/main", {"tag": "invalid tag"}).status_code == 400


def test_a_branch_begins_empty_or_is_overwritten(caller, alice):
    first = make_repository(alice, "m", files={"a.txt": "1"}).head
    asked, url = caller(alice), "/api/models/alice/m"

    def commits(branch):
        return [commit["title"] for commit in asked.get(f"{url}/commits/{branch}").json()]

    assert asked.post(f"{url}/branch/bare", {"emptyBranch": True}).status_code == 200
    assert (commits("bare"), asked.get(f"{url}/tree/bare").json()) == (["initial commit"], [])
    assert asked.commit("alice/m", [header("On it"), file("b.txt")], "bare").status_code == 200
    assert commits("bare") == ["On it", "initial commit"]
    assert asked.post(f"{url}/branch/bare", {"overwrite": True}).status_code == 200
    assert commits("bare")[0] == "On it"
    over = {"overwrite": True, "startingPoint": "main"}
    assert asked.post(f"{url}/branch/bare", over).status_code == 200
    assert asked.get(f"{url}/revision/bare").json()["sha"] == first
    for branch, status in (("main", 400), ("new", 200)):
        assert asked.post(f"{url}/branch/{branch}", over).status_code == status
    asked.send("PUT", f"{url}/settings", {"protectedBranches": ["main", "b*"]})
    assert asked.post(f"{url}/branch/bare", over).status_code == 403
    assert asked.post(f"{url}/branch/two", {"emptyBranch": True, "startingPoint": "main"}).status_code == 400


def test_it_protects_branches(caller, alice):
    repository = make_repository(alice, "m")
    owner, settings = caller(alice), "/api/models/alice/m/settings"
    owner.post("/api/models/alice/m/branch/release/1", {})
    answer = owner.send("PUT", settings, {"protectedBranches": ["release/*"]})
    assert answer.json()["protectedBranches"] == ["release/*"]
    refused = owner.send("DELETE", "/api/models/alice/m/branch/release/1")
    assert (refused.status_code, refused["X-Error-Code"]) == (403, "Forbidden")
    branches = owner.get("/api/models/alice/m/refs").json()["branches"]
    assert {ref["name"]: ref["protected"] for ref in branches} == {"main": False, "release/1": True}
    for wrong in ("main", [1], ["a b"], {}):
        assert owner.send("PUT", settings, {"protectedBranches": wrong}).status_code == 400
    assert repository.protected_branches == ["main"]
