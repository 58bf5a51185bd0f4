from __future__ import annotations

import base64
import hashlib

import pytest

from hub.accounts.models import Role
from models_app.repositories import selectors
from tests.factories.accounts import make_organization
from tests.factories.repositories import make_repository
from tests.models_app.hf_api.conftest import file, header

API = "/api/models/alice/m"


@pytest.fixture
def repository(alice, bob):
    return make_repository(alice, "m", files={"a.txt": "one\n"})


def propose(caller, user, *lines, revision="main"):
    return caller(user).commit("alice/m", [header("Better"), *lines], f"{revision}?create_pr=1")


def test_it_takes_a_proposal_of_a_reader(caller, alice, bob, repository) -> None:
    answer = propose(caller, bob, file("a.txt", "two\n")).json()
    assert answer["pullRequestUrl"].endswith("/alice/m/discussions/1")
    details = caller().get(f"{API}/discussions/1?diff=1").json()
    assert (details["status"], details["isPullRequest"], details["author"]["name"]) == ("open", True, "bob")
    assert (details["changes"], details["filesWithConflicts"]) == ({"base": "refs/heads/main"}, [])
    assert "diff --git a/a.txt b/a.txt" in details["diff"]
    assert details["events"][1]["data"] == {"subject": "Better", "oid": answer["commitOid"]}
    assert details == caller().get(f"{API}/discussions/1?diff=1").json()
    assert caller().get("/alice/m/resolve/refs%2Fpr%2F1/a.txt").getvalue() == b"two\n"
    assert caller().get(f"{API}/tree/refs%2Fpr%2F1").status_code == 200
    titles = [commit["title"] for commit in caller().get(f"{API}/commits/refs%2Fpr%2F1").json()]
    assert titles[0] == "Better"
    refs = caller().get(f"{API}/refs?include_prs=1").json()
    assert [ref["ref"] for ref in refs["pullRequests"]] == ["refs/pr/1"]
    assert "pullRequests" not in caller().get(f"{API}/refs").json()


def test_it_fills_publishes_and_merges_a_draft(caller, alice, bob, repository) -> None:
    body = {"title": "Soon", "description": "x", "pullRequest": True}
    assert caller(bob).post(f"{API}/discussions", body).json()["status"] == "draft"
    assert caller(bob).post(f"{API}/preupload/refs%2Fpr%2F1", {"files": []}).status_code == 200
    for person in (bob, alice):
        lines = [header(f"By {person}"), file(f"{person}.txt")]
        assert caller(person).commit("alice/m", lines, "refs%2Fpr%2F1").status_code == 200
    assert caller(alice).post(f"{API}/discussions/1/merge").status_code == 409
    opened = caller(bob).post(f"{API}/discussions/1/status", {"status": "open"}).json()["newStatus"]
    assert opened["data"] == {"status": "open"}
    assert caller(bob).post(f"{API}/discussions/1/merge").status_code == 403
    assert caller(alice).post(f"{API}/discussions/1/merge", {"comment": "Thanks"}).status_code == 200
    details = caller().get(f"{API}/discussions/1").json()
    assert details["status"] == "merged"
    assert details["changes"]["mergeCommitId"] == selectors.resolve(repository, "main").commit
    assert caller().get("/alice/m/resolve/main/bob.txt").status_code == 200


def test_it_lists_by_kind_with_drafts_among_the_open(caller, alice, bob, repository) -> None:
    propose(caller, bob, file("b"))
    caller(bob).post(f"{API}/discussions", {"title": "T", "description": "x"})
    caller(bob).post(f"{API}/discussions", {"title": "D", "description": "x", "pullRequest": True})
    caller(alice).post(f"{API}/discussions/1/merge")

    def numbers(query: str) -> list[int]:
        return [item["num"] for item in caller().get(f"{API}/discussions?{query}").json()["discussions"]]

    assert numbers("type=pull_request") == [3, 1]
    assert numbers("type=discussion") == [2]
    assert (numbers("status=open"), numbers("status=closed")) == ([3, 2], [1])
    assert caller().get(f"{API}/discussions?type=other").status_code == 400


@pytest.mark.parametrize(
    ("revision", "status", "code"),
    [
        ("HEADID", 404, "RevisionNotFound"),
        ("none", 404, "RevisionNotFound"),
        ("refs%2Fpr%2F1", 404, "RevisionNotFound"),
    ],
)
def test_it_refuses_a_base_that_is_no_branch(caller, bob, repository, revision, status, code) -> None:
    revision = repository.head if revision == "HEADID" else revision
    for answer in (
        propose(caller, bob, file("a"), revision=revision),
        caller(bob).post(f"{API}/preupload/{revision}?create_pr=1", {"files": []}),
    ):
        assert (answer.status_code, answer["X-Error-Code"]) == (status, code)


def test_it_keeps_others_out(caller, alice, bob, repository) -> None:
    organization = make_organization("acme", admin=alice, members={bob: Role.READ})
    make_repository(organization, "secret", private=True)
    assert propose(caller, None, file("a")).status_code == 401
    for revision in ("main?create_pr=1", "refs%2Fpr%2F1"):
        answer = caller(bob).commit("acme/secret", [header(), file("a")], revision)
        assert answer.status_code == 403
    propose(caller, alice, file("a"))
    assert caller(bob).commit("alice/m", [header(), file("b")], "refs%2Fpr%2F1").status_code == 403
    assert caller(bob).commit("alice/m", [header(), file("b")], "refs%2Fpr%2F7").status_code == 404
    assert caller(bob, "read").commit("alice/m", [header(), file("b")], "main?create_pr=1").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_it_takes_large_files_for_a_proposal(caller, bob, repository) -> None:
    data = b"\0" * 2000
    sha256 = hashlib.sha256(data).hexdigest()
    asked = {"path": "w.bin", "size": 2000, "sample": base64.b64encode(data[:512]).decode()}
    mode = caller(bob).post(f"{API}/preupload/main?create_pr=1", {"files": [asked]}).json()
    assert mode["files"][0]["uploadMode"] == "lfs"
    order = {"operation": "upload", "objects": [{"oid": sha256, "size": 2000}]}
    found = caller(bob).post("/alice/m.git/info/lfs/objects/batch", order).json()
    href = found["objects"][0]["actions"]["upload"]["href"]
    assert caller().send("PUT", href.partition("testserver")[2], data).status_code == 200
    line = {"key": "lfsFile", "value": {"path": "w.bin", "algo": "sha256", "oid": sha256, "size": 2000}}
    assert propose(caller, bob, line).status_code == 200
    assert caller().get("/alice/m/resolve/refs%2Fpr%2F1/w.bin").getvalue() == data
    order["ref"] = {"name": "refs/heads/main"}
    assert caller(bob).post("/alice/m.git/info/lfs/objects/batch", order).status_code == 403
