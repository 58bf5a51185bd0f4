"""Direct uploads of xorbs, and plans for several files."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from unittest import mock

import httpx2
import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from hub.accounts.models import User
from models_app.content.models import LfsObject, XetXorb
from models_app.content.sweeping import sweep
from models_app.repositories.models import Repository
from models_app.storage.stores import open_store
from tests.factories.accounts import make_token, make_user
from tests.factories.large_files import upload_by_xet
from tests.factories.repositories import make_repository
from tests.factories.xet import FileOfTerms, Xorb, pack_chunk, random_chunks, shard
from tests.s3 import use_s3

pytestmark = pytest.mark.django_db

CAS = "/cas/g1"


@pytest.fixture(autouse=True)
def own_data(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    cache.clear()  # who sent what


@pytest.fixture
def alice() -> User:
    return make_user("alice")


@pytest.fixture
def repository(alice: User) -> Repository:
    return make_repository(alice, "thing")


@pytest.fixture
def access(client: Client, alice: User, repository: Repository) -> dict[str, str]:
    return xet_token(client, alice, "write")


def xet_token(client: Client, user: User, scope: str) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {make_token(user)}"}
    told = client.get(f"/api/models/alice/thing/xet-{scope}-token/main", headers=headers).json()
    return {"Authorization": f"Bearer {told['accessToken']}"}


def ask(client: Client, xorb: Xorb, access: dict[str, str], length: object = None) -> Any:
    order = {"length": length or len(xorb.body), "checksum": {"algo": "crc64nvme", "value": "1"}}
    return client.post(
        f"{CAS}/v1/xorb-grants/default/{xorb.hash}", order, content_type="application/json", headers=access
    )


def put(client: Client, grant: dict[str, Any], data: bytes) -> Any:
    return client.put(grant["url"].removeprefix("http://testserver"), data, content_type="x/y")


def finish(client: Client, xorb: Xorb, grant: dict[str, Any], access: dict[str, str]) -> Any:
    return client.post(f"{CAS}/v1/xorb-commits/default/{xorb.hash}/grant/{grant['id']}", headers=access)


def test_a_granted_xorb_counts_once_it_is_committed(client: Client, access: dict[str, str]) -> None:
    xorb = Xorb(random_chunks())
    asked = ask(client, xorb, access)
    grant = asked.json()
    assert (asked.status_code, grant["method"]) == (201, "PUT")
    assert finish(client, xorb, grant, access).status_code == 404
    assert put(client, grant, xorb.body).status_code == 200
    assert not XetXorb.objects.exists()
    assert finish(client, xorb, grant, access).json() == {"was_inserted": True}
    assert open_store("xorbs").size(xorb.hash) == len(xorb.body)
    assert ask(client, xorb, access).status_code == 200
    assert list((open_store("xorbs").local_path(xorb.hash) or Path()).parents[2].glob("tmp/*")) == []


def test_wrong_bytes_are_refused_and_kept_nowhere(client: Client, access: dict[str, str]) -> None:
    xorb = Xorb(random_chunks())
    grant = ask(client, xorb, access).json()
    put(client, grant, xorb.body[:-3])
    assert finish(client, xorb, grant, access).status_code == 400
    assert finish(client, xorb, grant, access).status_code == 404
    assert put(client, grant, xorb.body + b"more").status_code == 413
    assert finish(client, xorb, grant, access).status_code == 404
    assert not XetXorb.objects.exists()
    for length in (0, -1, "many", 10**9):
        assert ask(client, xorb, access, length=length or -1).status_code == 400


def test_a_grant_is_for_its_xorb_and_for_an_hour(client: Client, alice: User, access: dict[str, str]) -> None:
    xorb, other = Xorb(random_chunks()), Xorb(random_chunks(seed=1))
    reading = xet_token(client, alice, "read")
    assert ask(client, xorb, reading).status_code == 403
    grant = ask(client, xorb, access).json()
    put(client, grant, xorb.body)
    assert finish(client, other, grant, access).status_code == 403
    assert finish(client, xorb, grant, reading).status_code == 403
    with mock.patch("time.time", return_value=time.time() + 4000):
        assert put(client, grant, xorb.body).status_code == 403
        # Clients begin anew where nothing arrived, and give up where they are refused.
        assert finish(client, xorb, grant, xet_token(client, alice, "write")).status_code == 404


def test_with_an_object_store_the_bytes_go_there(
    client: Client, access: dict[str, str], settings: Settings
) -> None:
    use_s3(settings, prefix="grants")
    xorb = Xorb(random_chunks())
    grant = ask(client, xorb, access).json()
    assert grant["url"].startswith(settings.S3_ENDPOINT)
    assert httpx2.put(grant["url"], content=xorb.body).status_code == 200
    assert finish(client, xorb, grant, access).json() == {"was_inserted": True}
    assert open_store("xorbs").size(xorb.hash) == len(xorb.body)
    assert finish(client, xorb, grant, access).status_code == 404
    sweep(set)


def test_plans_of_several_files_come_in_one_answer(
    client: Client, repository: Repository, access: dict[str, str]
) -> None:
    files = [upload_by_xet(repository, seed) for seed in (0, 1)]
    ids = list(LfsObject.objects.values_list("xet_file_id", flat=True))
    url = f"{CAS}/v1/reconstructions"
    told = client.get(url, {"file_id": ids}, headers=access).json()
    assert set(told["files"]) == set(ids)
    assert set(told["fetch_info"]) == {file.terms[0][0].hash for file in files}
    keys = [{"prefix": "default", "hash": file_id} for file_id in ids]
    assert (
        client.post(url, keys, content_type="application/json", headers=access).json().keys() == told.keys()
    )
    wrongs: list[Any] = [[], {}, [1], [{"hash": 1}]]
    for wrong in wrongs:
        refused = client.post(url, json.dumps(wrong), content_type="application/json", headers=access)
        assert refused.status_code == 400
    assert client.get(url, {"file_id": "0" * 64}, headers=access).status_code == 404
    assert client.get(url, {"file_id": ids[0]}).status_code == 401


# --- What an attacker learns -----------------------------------------------------------------------


@pytest.fixture
def secret() -> Xorb:
    """Sent by somebody else, for a private repository."""
    repository = make_repository(make_user("victim"), "private", private=True)
    return upload_by_xet(repository, 7).terms[0][0]


@pytest.fixture
def attacker(client: Client, access: dict[str, str]) -> dict[str, str]:
    return access


def send(client: Client, xorb: Xorb, access: dict[str, str], data: bytes) -> Any:
    return client.post(
        f"{CAS}/v1/xorbs/default/{xorb.hash}", data, content_type="application/octet-stream", headers=access
    )


def test_nobody_learns_of_a_foreign_xorb_by_its_hash(
    client: Client, attacker: dict[str, str], secret: Xorb
) -> None:
    unknown = Xorb(random_chunks(seed=99))
    answers = [
        (
            client.head(f"{CAS}/v1/xorbs/default/{xorb.hash}", headers=attacker).status_code,
            ask(client, xorb, attacker).status_code,
            send(client, xorb, attacker, b"junk").status_code,
        )
        for xorb in (secret, unknown)
    ]
    assert answers[0] == answers[1] == (404, 201, 400)


def test_nobody_learns_of_a_foreign_xorb_by_sending_it(
    client: Client, attacker: dict[str, str], secret: Xorb
) -> None:
    assert send(client, secret, attacker, secret.body).json() == {"was_inserted": True}
    # Who sent it knows it.
    assert send(client, secret, attacker, secret.body).json() == {"was_inserted": False}
    assert ask(client, secret, attacker).status_code == 200


def test_other_bytes_of_the_same_chunks_take_no_places(
    client: Client, attacker: dict[str, str], secret: Xorb
) -> None:
    before = b"".join(open_store("xorbs").read(secret.hash, 0, len(secret.body)))
    plain = b"".join(pack_chunk(chunk, 0) for chunk in secret.chunks)
    grant = ask(client, secret, attacker, length=len(plain)).json()
    assert put(client, grant, plain).status_code == 200
    assert finish(client, secret, grant, attacker).json() == {"was_inserted": True}
    assert b"".join(open_store("xorbs").read(secret.hash, 0, len(secret.body))) == before


@pytest.mark.parametrize("wrong", [{}, {"lengths": [1]}, {"sha256": "0" * 64}])
def test_nobody_learns_of_a_foreign_xorb_by_a_shard_about_it(
    client: Client, attacker: dict[str, str], secret: Xorb, wrong: dict[str, Any]
) -> None:
    """Who has the name of a xorb and not its chunks is told the same, whether it is here or not."""
    answers = []
    for seed in (None, 99):
        named = secret if seed is None else Xorb(random_chunks(seed=seed))
        guess = FileOfTerms([(named, 0, 9)], proofs=[bytes(32)], **wrong)
        sent = client.post(
            f"{CAS}/v1/shards", shard([guess]), content_type="application/octet-stream", headers=attacker
        )
        answers.append((sent.status_code, sent.json()["error"].replace(named.hash, "X")))
    assert answers[0] == answers[1]
    assert answers[0][0] == 400
