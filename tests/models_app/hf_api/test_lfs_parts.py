"""LFS uploads in parts, by Xet, and the locks of git-lfs."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.test import Client
from pytest_django import Settings

from hub.accounts.models import Role, User
from models_app.content import parts
from models_app.content.models import LfsObject
from models_app.repositories import large_files
from models_app.repositories.models import Repository
from tests.factories.accounts import make_organization, make_token, make_user
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db

DATA = b"".join(bytes([i]) * 999 for i in range(10))
SHA = hashlib.sha256(DATA).hexdigest()
LFS = "/alice/thing.git/info/lfs"


@pytest.fixture(autouse=True)
def own_data(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR, settings.LFS_MULTIPART_BYTES = tmp_path, 5000


@pytest.fixture
def alice() -> User:
    return make_user("alice")


@pytest.fixture
def repository(alice: User) -> Repository:
    return make_repository(alice, "thing")


def post(client: Client, who: User | None, url: str, body: dict[str, Any] | None = None) -> Any:
    headers = {"Authorization": f"Bearer {make_token(who)}"} if who else {}
    return client.post(url, body or {}, content_type="application/vnd.git-lfs+json", headers=headers)


def get(client: Client, who: User, url: str) -> Any:
    return client.get(url, headers={"Authorization": f"Bearer {make_token(who)}"}).json()


def batch(client: Client, who: User, *transfers: str, size: int = len(DATA)) -> Any:
    order = {
        "operation": "upload",
        "transfers": transfers,
        "ref": {"name": "refs/heads/main"},
        "objects": [{"oid": SHA, "size": size}],
    }
    return post(client, who, f"{LFS}/objects/batch", order).json()


def local(url: str) -> str:
    return url.removeprefix("http://testserver")


def begin(client: Client, who: User) -> tuple[dict[str, Any], list[tuple[str, bytes]]]:
    """The upload action, and the address of each part with its bytes."""
    with mock.patch.object(parts, "PART_BYTES", 4000):
        told = batch(client, who, "basic", "multipart")
    assert told["transfer"] == "multipart"
    action = told["objects"][0]["actions"]["upload"]
    size = int(action["header"].pop("chunk_size"))
    cut = [DATA[at : at + size] for at in range(0, len(DATA), size)]
    return action, list(zip(action["header"].values(), cut, strict=True))


def test_a_large_file_comes_in_parts_of_any_order(
    client: Client, alice: User, repository: Repository
) -> None:
    action, cut = begin(client, alice)
    assert len(cut) == 3
    for url, data in reversed(cut):
        assert client.put(local(url), data, content_type="x/y")["ETag"]
    assert client.put(local(cut[1][0]), cut[1][1], content_type="x/y").status_code == 200
    done = {"oid": SHA, "parts": [{"partNumber": 1, "etag": "x"}]}
    assert post(client, None, local(action["href"]), done).status_code == 200
    assert large_files.linked(repository, [SHA]) == {SHA}
    assert "actions" not in batch(client, alice, "basic", "multipart")["objects"][0]


def test_parts_that_are_missing_or_wrong_make_no_file(
    client: Client, alice: User, repository: Repository, tmp_path: Path
) -> None:
    action, cut = begin(client, alice)
    assert client.put(local(cut[0][0]), cut[0][1] + b"x", content_type="x/y").status_code == 413
    assert client.put(local(cut[0][0]), cut[0][1][1:], content_type="x/y").status_code == 400
    assert post(client, None, local(action["href"])).status_code == 404
    for url, data in cut:
        client.put(local(url), data.replace(b"\x01", b"?"), content_type="x/y")
    assert post(client, None, local(action["href"])).status_code == 400
    assert not LfsObject.objects.exists()
    assert not list((tmp_path / "lfs" / "tmp").iterdir())
    assert (
        client.put(local(action["href"]).replace("parts", "part"), b"", content_type="x").status_code == 403
    )


def test_small_files_and_simple_clients_send_whole_files(
    client: Client, alice: User, repository: Repository
) -> None:
    assert batch(client, alice, "basic", "multipart", size=4999)["transfer"] == "basic"
    assert batch(client, alice, "basic")["transfer"] == "basic"


def test_clients_that_speak_xet_are_sent_there(client: Client, alice: User, repository: Repository) -> None:
    told = batch(client, alice, "basic", "multipart", "xet")
    action = told["objects"][0]["actions"]["upload"]
    assert told["transfer"] == "xet"
    assert action["href"] == "http://testserver/api/models/alice/thing/xet-write-token/main"
    assert action["header"]["X-Xet-Cas-Url"] == "http://testserver/cas/g1"
    access = {"Authorization": f"Bearer {action['header']['X-Xet-Access-Token']}"}
    assert client.post("/cas/g1/v1/shards", b"", content_type="x/y", headers=access).status_code == 400
    assert get(client, alice, local(action["href"]))["casUrl"] == "http://testserver/cas/g1"


def test_a_lock_is_taken_once_and_given_back(client: Client) -> None:
    alice, bob = make_user("ann"), make_user("bob")
    acme = make_organization("alice", admin=alice, members={bob: Role.WRITE})
    make_repository(acme, "thing")
    taken = post(client, bob, f"{LFS}/locks", {"path": "w.bin", "ref": {"name": "refs/heads/main"}})
    lock = taken.json()["lock"]
    assert (taken.status_code, lock["path"], lock["owner"]) == (201, "w.bin", {"name": "bob"})
    again = post(client, alice, f"{LFS}/locks", {"path": "w.bin"})
    assert (again.status_code, again.json()["lock"]["id"]) == (409, lock["id"])
    assert "bob" in again.json()["message"]
    post(client, alice, f"{LFS}/locks", {"path": "v.bin"})
    seen = post(client, alice, f"{LFS}/locks/verify").json()
    assert [row["path"] for row in seen["ours"]] == ["v.bin"]
    assert [row["path"] for row in seen["theirs"]] == ["w.bin"]
    assert get(client, alice, f"{LFS}/locks?path=w.bin")["locks"] == [lock]
    first = get(client, alice, f"{LFS}/locks?limit=1")
    assert get(client, alice, f"{LFS}/locks?cursor={first['next_cursor']}")["locks"][0]["path"] == "v.bin"
    own = seen["ours"][0]["id"]
    assert post(client, bob, f"{LFS}/locks/{own}/unlock", {"force": True}).status_code == 403
    assert post(client, alice, f"{LFS}/locks/{lock['id']}/unlock").status_code == 403
    assert post(client, alice, f"{LFS}/locks/{lock['id']}/unlock", {"force": True}).json()["lock"] == lock
    assert post(client, alice, f"{LFS}/locks/{lock['id']}/unlock").status_code == 404


def test_a_lock_needs_a_path_in_the_repository(client: Client, alice: User, repository: Repository) -> None:
    for path in ("", "/etc", "a" * 2000, "a\x00b", 5):
        assert post(client, alice, f"{LFS}/locks", {"path": path}).status_code == 400
    assert post(client, alice, f"{LFS}/locks/what/unlock").status_code == 400
