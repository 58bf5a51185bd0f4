from __future__ import annotations

from tests.factories.large_files import commit_large_file, upload
from tests.factories.repositories import make_repository
from tests.models_app.hf_api.conftest import file, header

API = "/api/models/alice/thing"


def test_it_squashes_a_branch(alice, caller) -> None:
    make_repository(alice, files={"a": "1"})
    assert caller(alice).post(f"{API}/super-squash/main", {"message": "One"}).status_code == 200
    assert [row["title"] for row in caller().get(f"{API}/commits/main").json()] == ["One"]
    assert caller(alice).post(f"{API}/super-squash/none", {}).headers["X-Error-Code"] == "RevisionNotFound"
    assert caller(alice).commit("alice/thing", [header(), file("b")]).status_code == 200


def test_it_lists_and_deletes_large_files(alice, caller) -> None:
    repository = make_repository(alice)
    sha256 = upload(repository, b"x" * 300)
    commit_large_file(repository, alice, "w.bin", sha256)
    (row,) = caller(alice).get(f"{API}/lfs-files").json()
    assert (row["oid"], row["filename"], row["ref"], row["size"]) == (sha256, "w.bin", "main", 300)
    deletions = {"deletions": {"sha": [row["fileOid"]], "rewriteHistory": True}}
    assert caller(alice).post(f"{API}/lfs-files/batch", deletions).status_code == 200
    assert caller(alice).get(f"{API}/lfs-files").json() == []
    assert caller().get("/alice/thing/resolve/main/w.bin").headers["X-Error-Code"] == "EntryNotFound"
    assert caller(alice).post(f"{API}/lfs-files/batch", {"deletions": []}).status_code == 400


def test_it_duplicates_and_tells_what_is_taken(alice, bob, caller) -> None:
    make_repository(alice, files={"a": "1"})
    answer = caller(bob).post(f"{API}/duplicate", {"repository": "bob/mine", "visibility": "private"})
    assert answer.json()["url"].endswith("/bob/mine")
    assert caller(bob).get("/bob/mine/resolve/main/a").status_code == 200
    assert caller().get("/api/models/bob/mine").status_code == 401
    again = caller(bob).post(f"{API}/duplicate", {"repository": "bob/mine"})
    assert (again.status_code, again.json()["url"]) == (409, answer.json()["url"])
