"""A gated repository as clients see it from outside, and its requests as administrators do."""

from __future__ import annotations

import pytest

from models_app.repositories import gating
from tests.factories.accounts import actor_for
from tests.factories.large_files import commit_large_file, upload
from tests.factories.repositories import make_repository

API = "/api/models/alice/thing"
FILES = {"README.md": "# Hello\n", "config.json": "{}"}


@pytest.fixture
def gated(alice, caller):
    repository = make_repository(alice, files=FILES)
    assert caller(alice).send("PUT", f"{API}/settings", {"gated": "manual"}).json()["gated"] == "manual"
    repository.refresh_from_db()
    return repository


def test_the_outside_is_open(gated, caller) -> None:
    nobody = caller()
    assert nobody.get(API).json()["gated"] == "manual"
    assert {entry["path"] for entry in nobody.get(f"{API}/tree/main").json()} >= set(FILES)
    assert b"Hello" in b"".join(nobody.get("/alice/thing/resolve/main/README.md"))


@pytest.mark.parametrize(
    "url",
    [
        "/alice/thing/resolve/main/config.json",
        "/alice/thing/raw/main/config.json",
        "/alice/thing/resolve/main/missing",
        f"{API}/auth-check",
        f"{API}/safetensors-metadata/config.json",
        f"{API}/xet-read-token/main",
        f"{API}/xet-write-token/main?create_pr=1",
        "/alice/thing.git/info/refs?service=git-upload-pack",
    ],
)
def test_the_files_are_not(gated, caller, bob, url: str) -> None:
    for person, status in ((caller(), 401), (caller(bob), 403)):
        answer = person.get(url)
        assert answer.status_code == status
        if ".git/" not in url:
            assert answer["X-Error-Code"] == "GatedRepo"
            assert "Access to model alice/thing is restricted and you are not in" in answer["X-Error-Message"]


def test_large_files_are_not_handed_out(gated, alice, bob, caller) -> None:
    sha256 = upload(gated, b"weights")
    commit_large_file(gated, alice, "w.bin", sha256)
    order = {"operation": "download", "objects": [{"oid": sha256, "size": 7}]}
    assert caller(bob).post("/alice/thing.git/info/lfs/objects/batch", order).status_code == 403
    copy = {"target": {"type": "model", "name": "bob/copy"}, "files": [{"sha256": sha256}]}
    assert caller(bob).post(f"{API}/lfs-files/duplicate", copy).status_code == 403
    gating.grant(actor_for(alice), gated, bob)
    assert caller(bob).post("/alice/thing.git/info/lfs/objects/batch", order).status_code == 200


def test_who_is_let_in_reads_everything(gated, alice, bob, caller) -> None:
    assert (
        caller(alice).post(f"{API}/user-access-request/grant", {"user": "bob"}).json()["status"] == "accepted"
    )
    assert caller(bob).get("/alice/thing/resolve/main/config.json").status_code == 200
    assert caller(bob).get("/alice/thing.git/info/refs?service=git-upload-pack").status_code == 200
    assert caller(alice).post(f"{API}/user-access-request/grant", {"user": "bob"}).status_code == 409


def test_requests_are_listed_with_answers_and_decided(gated, alice, bob, caller) -> None:
    gating.ask(actor_for(bob), gated, {"Country": "FR"})
    admin = caller(alice)
    (row,) = admin.get(f"{API}/user-access-request/pending").json()
    assert (row["user"]["user"], row["user"]["email"], row["fields"]) == (
        "bob",
        "bob@example.org",
        {"Country": "FR"},
    )
    decision = {"requestId": row["requestId"], "status": "rejected", "rejectionReason": "No"}
    assert admin.post(f"{API}/user-access-request/handle", decision).status_code == 200
    assert admin.post(f"{API}/user-access-request/handle", decision).status_code == 409
    assert admin.get(f"{API}/user-access-request/pending").json() == []
    assert len(admin.get(f"{API}/user-access-request/rejected").json()) == 1


def test_the_address_of_whom_nobody_asked_stays_private(gated, alice, bob, caller) -> None:
    gating.grant(actor_for(alice), gated, bob)
    (row,) = caller(alice).get(f"{API}/user-access-request/accepted").json()
    assert "email" not in row["user"]


@pytest.mark.parametrize(
    "body", [{}, {"user": "nobody", "status": "accepted"}, {"user": "bob", "status": "?"}]
)
def test_a_bad_decision_is_refused(gated, alice, bob, caller, body) -> None:
    gating.grant(actor_for(alice), gated, bob)
    assert caller(alice).post(f"{API}/user-access-request/handle", body).status_code in {400, 404}


def test_lists_tell_gated_from_open(gated, alice, caller) -> None:
    make_repository(alice, "open")
    for asked, ids in (("true", ["alice/thing"]), ("false", ["alice/open"])):
        assert [row["id"] for row in caller().get(f"/api/models?gated={asked}").json()] == ids


def test_a_gate_opens_by_false_and_refuses_other_words(gated, alice, caller) -> None:
    assert caller(alice).send("PUT", f"{API}/settings", {"gated": "sometimes"}).status_code == 400
    assert caller(alice).send("PUT", f"{API}/settings", {"gated": False}).json()["gated"] is False
    assert caller().get("/alice/thing/resolve/main/config.json").status_code == 200
