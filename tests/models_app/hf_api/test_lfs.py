"""The LFS batch and its signed addresses."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from hub.accounts.models import User
from models_app.repositories import large_files
from models_app.repositories.models import Repository, RepositoryLfsObject
from tests.factories.accounts import make_token, make_user
from tests.factories.large_files import commit_large_file, upload
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db

DATA = b"many weights " * 5000
SHA = hashlib.sha256(DATA).hexdigest()
BATCH = "/alice/thing.git/info/lfs/objects/batch"


@pytest.fixture(autouse=True)
def own_data(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def alice() -> User:
    return make_user("alice")


@pytest.fixture
def repository(alice: User) -> Repository:
    return make_repository(alice, "thing")


def bearer(user: User, scope: str = "write") -> dict[str, str]:
    return {"Authorization": f"Bearer {make_token(user, scope)}"}


def ask(client: Client, operation: str, who: User | None, url: str = BATCH, **changes: Any) -> HttpResponse:
    return send(client, who, url, {**order_of(operation), **changes})


def order_of(operation: str) -> dict[str, Any]:
    return {
        "operation": operation,
        "transfers": ["basic", "multipart"],
        "ref": {"name": "main"},
        "objects": [{"oid": SHA, "size": len(DATA)}],
    }


def send(client: Client, who: User | None, url: str, order: dict[str, Any]) -> HttpResponse:
    headers = bearer(who) if who else {}
    return client.post(url, json.dumps(order), content_type="application/vnd.git-lfs+json", headers=headers)  # type: ignore[return-value]


def only(response: HttpResponse) -> dict[str, Any]:
    assert response.status_code == 200, response.content
    [item] = json.loads(response.content)["objects"]
    return item  # type: ignore[no-any-return]


def path_of(href: str) -> str:
    assert href.startswith("http://testserver/")
    return href.removeprefix("http://testserver")


def put(client: Client, href: str, data: bytes) -> HttpResponse:
    return client.put(path_of(href), data, content_type="application/octet-stream")  # type: ignore[return-value]


def test_an_upload_goes_to_a_signed_address_without_credentials(
    client: Client, alice: User, repository: Repository
) -> None:
    response = ask(client, "upload", alice)
    assert response["Content-Type"] == "application/vnd.git-lfs+json"
    actions = only(response)["actions"]
    assert put(client, actions["upload"]["href"], DATA).status_code == 200
    check = client.post(
        path_of(actions["verify"]["href"]), {"oid": SHA, "size": len(DATA)}, content_type="application/json"
    )
    assert check.status_code == 200
    assert "actions" not in only(ask(client, "upload", alice))
    assert large_files.linked(repository, [SHA]) == {SHA}


def test_the_bytes_come_back(client: Client, alice: User, repository: Repository) -> None:
    upload(repository, DATA)
    href = only(ask(client, "download", None))["actions"]["download"]["href"]
    response = client.get(path_of(href), headers={"Range": "bytes=5-9"})
    assert (response.status_code, b"".join(response.streaming_content)) == (206, DATA[5:10])  # type: ignore[attr-defined]


def test_wrong_bytes_are_refused_and_give_no_right(
    client: Client, alice: User, repository: Repository
) -> None:
    href = only(ask(client, "upload", alice))["actions"]["upload"]["href"]
    assert put(client, href, DATA[:-1] + b"?").status_code == 400
    assert put(client, href, DATA[:-1]).status_code == 400
    assert put(client, href, DATA + b"?").status_code == 413
    assert not RepositoryLfsObject.objects.exists()


def test_verify_refuses_what_was_not_received(client: Client, alice: User, repository: Repository) -> None:
    href = only(ask(client, "upload", alice))["actions"]["verify"]["href"]
    body = {"oid": SHA, "size": len(DATA)}
    assert client.post(path_of(href), body, content_type="application/json").status_code == 404


def test_an_address_ends_and_cannot_be_changed(client: Client, alice: User, repository: Repository) -> None:
    href = only(ask(client, "upload", alice))["actions"]["upload"]["href"]
    verify_href = href.replace("/lfs/upload/", "/lfs/verify/")
    assert client.post(path_of(verify_href), {}, content_type="application/json").status_code == 403
    assert put(client, href[:-2] + "xx", DATA).status_code == 403
    with mock.patch("time.time", return_value=time.time() + 7 * 3600):
        assert put(client, href, DATA).status_code == 403


def test_naming_a_hash_gives_no_right_to_somebody_elses_bytes(
    client: Client, alice: User, repository: Repository
) -> None:
    hidden = make_repository(make_user("bob"), "hidden", private=True)
    upload(hidden, DATA)
    item = only(ask(client, "upload", alice))
    assert "upload" in item["actions"]
    assert not large_files.linked(repository, [SHA])
    assert only(ask(client, "download", alice))["error"]["code"] == 404


def test_what_the_actor_can_read_elsewhere_needs_no_upload(
    client: Client, alice: User, repository: Repository
) -> None:
    bob = make_user("bob")
    public = make_repository(bob, "public")
    upload(public, DATA)
    assert "actions" in only(ask(client, "upload", alice)), "not in a commit, so not readable"
    commit_large_file(public, bob, "w.bin", SHA)
    assert "actions" not in only(ask(client, "upload", alice))
    assert large_files.linked(repository, [SHA]) == {SHA}


def test_who_may_not_write_is_refused(client: Client, alice: User, repository: Repository) -> None:
    anonymous = ask(client, "upload", None)
    assert (anonymous.status_code, anonymous["WWW-Authenticate"]) == (401, 'Basic realm="hub"')
    bob = make_user("bob")
    assert ask(client, "upload", bob).status_code == 403
    assert ask(client, "upload", bob, ref=None).status_code == 200, "for a pull request"


def test_a_private_repository_is_invisible(client: Client, alice: User) -> None:
    make_repository(alice, "secret", private=True)
    url = "/alice/secret.git/info/lfs/objects/batch"
    assert ask(client, "download", None, url).status_code == 401
    assert ask(client, "download", None, url)["LFS-Authenticate"] == 'Basic realm="hub"'
    assert ask(client, "download", make_user("bob"), url).status_code == 404
    assert ask(client, "download", alice, url).status_code == 200


@pytest.mark.parametrize(
    ("order", "status"),
    [
        ({"operation": "steal"}, 400),
        ({"hash_algo": "md5"}, 400),
        ({"hash_algo": "sha_256"}, 200),
        ({"objects": "x"}, 400),
        ({"objects": [{"oid": "short", "size": 1}]}, 400),
        ({"objects": [{"oid": SHA, "size": -1}]}, 400),
        ({"objects": [{"oid": SHA, "size": 1}] * 1001}, 413),
    ],
)
def test_a_malformed_order_is_told_so(
    client: Client, alice: User, repository: Repository, order: dict[str, Any], status: int
) -> None:
    response = send(client, alice, BATCH, {**order_of("upload"), **order})
    assert response.status_code == status
    assert status == 200 or json.loads(response.content)["message"]


def test_a_file_over_the_limit_is_refused_by_itself(
    client: Client, alice: User, repository: Repository, settings: Settings
) -> None:
    settings.MAX_LFS_FILE_BYTES = 100
    assert only(ask(client, "upload", alice))["error"]["code"] == 422


def test_a_large_batch_takes_few_queries(
    client: Client, alice: User, repository: Repository, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    upload(repository, DATA)
    objects = [{"oid": f"{i:064x}", "size": i} for i in range(100)] + [{"oid": SHA, "size": len(DATA)}]
    order = {**order_of("upload"), "objects": objects}
    secret = {"Authorization": f"Bearer {make_token(alice)}"}
    with django_assert_max_num_queries(15):
        response = client.post(BATCH, order, content_type="application/json", headers=secret)
    assert sum("actions" in item for item in response.json()["objects"]) == 100


def test_git_may_leave_its_suffix_out(client: Client, alice: User, repository: Repository) -> None:
    assert ask(client, "download", alice, "/alice/thing/info/lfs/objects/batch").status_code == 200
