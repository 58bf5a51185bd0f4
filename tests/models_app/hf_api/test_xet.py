"""Xet: tokens, uploads by chunks, plans for downloads."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from hub.accounts.models import User
from models_app.content.models import LfsObject, XetXorb
from models_app.repositories import large_files
from models_app.repositories.models import Repository
from models_app.storage.xet.xorbs import unpacked_chunks
from tests.factories.accounts import make_token, make_user
from tests.factories.large_files import commit_large_file, upload_by_xet
from tests.factories.repositories import make_repository
from tests.factories.xet import FileOfTerms, Xorb, random_chunks, shard

pytestmark = pytest.mark.django_db

CAS = "/cas/g1"
WRITE = "/api/models/alice/thing/xet-write-token/main"
READ = "/api/models/alice/thing/xet-read-token/main"


@pytest.fixture(autouse=True)
def own_data(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def alice() -> User:
    return make_user("alice")


@pytest.fixture
def repository(alice: User) -> Repository:
    return make_repository(alice, "thing")


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def xet_token(client: Client, url: str, user: User | None) -> dict[str, str]:
    """The header with a Xet token, as a client makes it."""
    response = client.get(url, headers=bearer(make_token(user)) if user else {})
    assert response.status_code == 200, response.content
    return bearer(response.json()["accessToken"])


def post(client: Client, path: str, data: bytes, access: dict[str, str]) -> Any:
    return client.post(CAS + path, data, content_type="application/octet-stream", headers=access)


def send_xorb(client: Client, xorb: Xorb, access: dict[str, str]) -> HttpResponse:
    return post(client, f"/v1/xorbs/default/{xorb.hash}", xorb.body, access)  # type: ignore[no-any-return]


def test_a_token_tells_the_same_in_body_and_headers(
    client: Client, alice: User, repository: Repository
) -> None:
    response = client.get(WRITE, headers=bearer(make_token(alice)))
    told = response.json()
    assert told["casUrl"] == response["X-Xet-Cas-Url"] == "http://testserver/cas/g1"
    assert told["accessToken"] == response["X-Xet-Access-Token"]
    assert str(told["exp"]) == response["X-Xet-Token-Expiration"]
    assert 900 <= told["exp"] - time.time() <= 3600


def test_another_generation_is_another_address(
    client: Client, alice: User, repository: Repository, settings: Settings
) -> None:
    settings.XET_GENERATION = 2
    told = client.get(WRITE, headers=bearer(make_token(alice))).json()
    assert told["casUrl"] == "http://testserver/cas/g2"
    xorb = Xorb(random_chunks())
    sent = client.post(
        f"/cas/g2/v1/xorbs/default/{xorb.hash}",
        xorb.body,
        content_type="application/octet-stream",
        headers=bearer(told["accessToken"]),
    )
    assert sent.json() == {"was_inserted": True}


def test_who_may_have_a_token(client: Client, alice: User, repository: Repository) -> None:
    bob = bearer(make_token(make_user("bob")))
    assert client.get(READ).status_code == 200
    assert client.get(WRITE).status_code == 401
    assert client.get(WRITE, headers=bob).status_code == 403
    assert client.get(f"{WRITE}?create_pr=1", headers=bob).status_code == 200
    assert client.get(WRITE.replace("main", "None"), headers=bob).status_code == 200
    reader = bearer(make_token(alice, "read"))
    assert client.get(WRITE, headers=reader).status_code == 403
    assert client.get(READ.replace("main", "nope")).json()["error"] == "Invalid rev id: nope"


def test_tokens_of_a_private_repository_are_for_those_who_see_it(client: Client, alice: User) -> None:
    make_repository(alice, "secret", private=True)
    url = "/api/models/alice/secret/xet-read-token/main"
    assert client.get(url).status_code == 401
    assert client.get(url, headers=bearer(make_token(make_user("bob")))).status_code == 404
    assert client.get(url, headers=bearer(make_token(alice, "read"))).status_code == 200


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_chunks_and_a_shard_become_a_file_of_the_repository(
    client: Client, alice: User, repository: Repository, version: str
) -> None:
    access = xet_token(client, WRITE, alice)
    xorb = Xorb(random_chunks(9))
    assert send_xorb(client, xorb, access).json() == {"was_inserted": True}  # type: ignore[attr-defined]
    assert send_xorb(client, xorb, access).json() == {"was_inserted": False}  # type: ignore[attr-defined]
    head = client.head(f"{CAS}/v1/xorbs/default/{xorb.hash}", headers=access)
    assert head["Content-Length"] == str(len(xorb.body))
    file = FileOfTerms([(xorb, 0, 9)])
    response = post(client, f"/{version}/shards", shard([file], [xorb]), access)
    told = b"".join(response.streaming_content) if response.streaming else response.content
    assert json.loads(told.splitlines()[-1])["result"] == 1
    assert large_files.linked(repository, [file.real_sha256]) == {file.real_sha256}


def test_a_false_sha256_ends_the_progress_with_an_error(
    client: Client, alice: User, repository: Repository
) -> None:
    access = xet_token(client, WRITE, alice)
    xorb = Xorb(random_chunks())
    send_xorb(client, xorb, access)
    lie = shard([FileOfTerms([(xorb, 0, 5)], sha256="ab" * 32)])
    events = [json.loads(line) for line in post(client, "/v2/shards", lie, access).streaming_content]
    assert [event["type"] for event in events] == ["validating", "error"]
    assert "sha256" in events[-1]["message"]
    assert post(client, "/v1/shards", lie, access).status_code == 400
    assert not LfsObject.objects.exists()


def test_broken_uploads_are_refused_and_kept_nowhere(
    client: Client, alice: User, repository: Repository
) -> None:
    access = xet_token(client, WRITE, alice)
    xorb = Xorb(random_chunks())
    cut = post(client, f"/v1/xorbs/default/{xorb.hash}", xorb.body[:-4], access)
    assert (cut.status_code, "ends inside" in cut.json()["error"]) == (400, True)
    assert post(client, f"/v1/xorbs/default/{'0' * 64}", xorb.body, access).status_code == 400
    assert post(client, "/v1/xorbs/default/short", xorb.body, access).status_code == 400
    unknown = post(client, "/v2/shards", shard([FileOfTerms([(xorb, 0, 2)])]), access)
    assert (unknown.status_code, "upload it first" in unknown.json()["error"]) == (400, True)
    assert not XetXorb.objects.exists()


def test_a_token_opens_only_what_it_says(client: Client, alice: User, repository: Repository) -> None:
    xorb = Xorb(random_chunks())
    reading = xet_token(client, READ, alice)
    assert send_xorb(client, xorb, reading).status_code == 403
    assert send_xorb(client, xorb, {}).status_code == 401
    assert send_xorb(client, xorb, bearer(make_token(alice))).status_code == 401
    writing = xet_token(client, WRITE, alice)
    with mock.patch("time.time", return_value=time.time() + 3600):
        assert send_xorb(client, xorb, writing).status_code == 401
    assert send_xorb(client, xorb, writing).status_code == 200


def fetch(client: Client, plan: dict[str, Any]) -> bytes:
    """Put a range together as a client does."""
    chunks: dict[tuple[str, int], bytes] = {}
    for xorb, parts in plan["xorbs"].items():
        for part in parts:
            [span] = part["ranges"]
            asked = {"Range": f"bytes={span['bytes']['start']}-{span['bytes']['end']}"}
            response: Any = client.get(part["url"].removeprefix("http://testserver"), headers=asked)
            assert response.status_code == 206
            for at, data in enumerate(unpacked_chunks(response.streaming_content), span["chunks"]["start"]):
                chunks[xorb, at] = data
    content = b""
    for term in plan["terms"]:
        data = b"".join(
            chunks[term["hash"], at] for at in range(term["range"]["start"], term["range"]["end"])
        )
        assert len(data) == term["unpacked_length"]
        content += data
    return content[plan["offset_into_first_range"] :]


@pytest.mark.parametrize(("start", "end"), [(0, 99), (0, 10**9), (5_000, 20_000), (100_000, 100_001)])
def test_a_plan_leads_to_the_bytes(
    client: Client, alice: User, repository: Repository, start: int, end: int
) -> None:
    file = upload_by_xet(repository)
    commit_large_file(repository, alice, "x.bin", file.real_sha256)
    access = xet_token(client, READ, None)
    file_id = LfsObject.objects.get().xet_file_id
    asked = {**access, "Range": f"bytes={start}-{end}"}
    plan = client.get(f"{CAS}/v2/reconstructions/{file_id}", headers=asked).json()
    assert fetch(client, plan)[: end - start + 1] == file.content[start : end + 1]
    old = client.get(f"{CAS}/v1/reconstructions/{file_id}", headers=asked).json()
    assert old["terms"] == plan["terms"]
    assert {part["url_range"]["start"] for parts in old["fetch_info"].values() for part in parts}


def test_a_plan_is_for_files_of_the_tokens_repository(
    client: Client, alice: User, repository: Repository
) -> None:
    upload_by_xet(make_repository(alice, "other", private=True))
    file_id = LfsObject.objects.get().xet_file_id
    access = xet_token(client, READ, None)
    assert client.get(f"{CAS}/v2/reconstructions/{file_id}", headers=access).status_code == 404
    assert client.head(f"{CAS}/v1/files/{file_id}", headers=access).status_code == 404
    own = xet_token(client, READ.replace("thing", "other"), alice)
    assert client.head(f"{CAS}/v1/files/{file_id}", headers=own)["Content-Length"]
    behind = {**own, "Range": "bytes=99999999-"}
    assert client.get(f"{CAS}/v2/reconstructions/{file_id}", headers=behind).status_code == 416


def test_an_edit_is_told_what_it_needs_of_the_rest(
    client: Client, alice: User, repository: Repository
) -> None:
    file = upload_by_xet(repository)
    commit_large_file(repository, alice, "x.bin", file.real_sha256)
    access = xet_token(client, READ, None)
    url = f"{CAS}/v2/file-chunk-hashes/{LfsObject.objects.get().xet_file_id}"
    size = len(file.content)

    def told(ranges: str) -> Any:
        return client.get(url, headers={**access, "X-Range-Dirty": ranges})

    end = told(f"bytes={size - 1}-{size + 5}").json()
    assert end["fileSize"] == size
    assert end["totalChunks"] == len(end["hashRanges"][0]["nodes"]) + 1
    assert end["windows"][0]["dirtyByteRange"][1] == size
    assert end["hashRanges"][1] is None
    both = told(f"bytes={size - 1}-{size - 1}, 0-0").json()
    assert both["hashRanges"][0] is None
    assert both["windows"][0]["dirtyByteRange"][0] == 0
    for wrong in (
        "",
        "bytes=",
        "bytes=5-",
        f"bytes={size}-{size + 9}",
        "bytes=9-2",
        "bytes=" + "1-2," * 1000 + "1-2",
    ):
        assert told(wrong).status_code == 400, wrong
    assert client.get(url, headers={"X-Range-Dirty": "bytes=0-1"}).status_code == 401


def test_a_signed_address_grants_its_bytes_only(client: Client, alice: User, repository: Repository) -> None:
    upload_by_xet(repository)
    file_id = LfsObject.objects.get().xet_file_id
    asked = {**xet_token(client, READ, alice), "Range": "bytes=0-99"}
    plan = client.get(f"{CAS}/v2/reconstructions/{file_id}", headers=asked).json()
    [[part]] = plan["xorbs"].values()
    url = part["url"].removeprefix("http://testserver")
    assert client.get(url).status_code == 206
    assert client.get(url, headers={"Range": "bytes=0-"}).status_code == 403
    assert client.get(url[:-3] + "abc").status_code == 403
    with mock.patch("time.time", return_value=time.time() + 1000):
        assert client.get(url).status_code == 403


def test_the_rest_is_politely_absent(client: Client) -> None:
    assert client.get(CAS + "/v9/x").status_code == 404
    assert client.post("/v1/telemetry", {}, content_type="application/json").status_code == 204


def test_files_are_copied_between_repositories_without_sending_them(
    client: Client, alice: User, repository: Repository
) -> None:
    file = upload_by_xet(repository)
    commit_large_file(repository, alice, "x.bin", file.real_sha256)
    target = make_repository(alice, "copy", "dataset")
    body = {
        "target": {"type": "dataset", "name": "alice/copy"},
        "files": [{"sha256": file.real_sha256, "xetHash": "x"}, {"sha256": "ab" * 32}],
    }
    url = "/api/models/alice/thing/lfs-files/duplicate"
    response = client.post(url, body, content_type="application/json", headers=bearer(make_token(alice)))
    assert [item["sha256"] for item in response.json()["failed"]] == ["ab" * 32]
    assert large_files.linked(target, [file.real_sha256]) == {file.real_sha256}
    bob = bearer(make_token(make_user("bob")))
    assert client.post(url, body, content_type="application/json", headers=bob).status_code == 403
