"""GET and HEAD /<id>/resolve/<revision>/<path>."""

from __future__ import annotations

import hashlib
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from hub.accounts.models import User
from models_app.discovery.models import DownloadDay
from models_app.hf_api.streaming import content_type
from models_app.repositories.models import Repository
from models_app.storage.stores import open_store
from tests.factories.accounts import make_token, make_user
from tests.factories.large_files import commit_large_file, upload, upload_by_xet
from tests.factories.repositories import make_repository
from tests.s3 import use_s3

pytestmark = pytest.mark.django_db

LARGE = bytes(range(256)) * 500
README = "# Hello\n"
GIT_ID = hashlib.sha1(b"blob 8\0" + README.encode()).hexdigest()


@pytest.fixture(autouse=True)
def own_data(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def alice() -> User:
    return make_user("alice")


@pytest.fixture
def repository(alice: User) -> Repository:
    made = make_repository(
        alice, "thing", files={"README.md": README, "docs/page.html": "<script>x</script>"}
    )
    commit_large_file(made, alice, "weights.bin", upload(made, LARGE))
    return made


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_a_regular_file_comes_with_its_git_id(client: Client, repository: Repository) -> None:
    response = client.get("/alice/thing/resolve/main/README.md")
    assert body(response) == README.encode()
    assert response["ETag"] == f'"{GIT_ID}"'
    assert len(response["X-Repo-Commit"]) == 40
    assert response["Content-Length"] == str(len(README))
    assert response["Content-Disposition"].startswith("inline; filename*=UTF-8''README.md")
    assert "X-Linked-Etag" not in response


def test_a_large_file_comes_with_its_sha256_and_size(client: Client, repository: Repository) -> None:
    response = client.get("/alice/thing/resolve/main/weights.bin")
    assert body(response) == LARGE
    assert response["ETag"] == response["X-Linked-Etag"]
    assert len(response["ETag"]) == 66
    assert response["X-Linked-Size"] == str(len(LARGE))
    assert "X-Xet-Hash" not in response


def test_head_has_the_headers_of_get_and_no_bytes(client: Client, repository: Repository) -> None:
    got = client.get("/alice/thing/resolve/main/weights.bin")
    head = client.head("/alice/thing/resolve/main/weights.bin")
    for name in ("ETag", "X-Repo-Commit", "X-Linked-Size", "Content-Length", "Accept-Ranges"):
        assert head[name] == got[name]
    assert body(head) == b""


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=100-", (100, len(LARGE))),
        ("bytes=-5", (len(LARGE) - 5, len(LARGE))),
        ("bytes=5-99999999", (5, len(LARGE))),
    ],
)
def test_a_range_comes_as_206(
    client: Client, repository: Repository, header: str, expected: tuple[int, int]
) -> None:
    start, end = expected
    response = client.get("/alice/thing/resolve/main/weights.bin", headers={"Range": header})
    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {start}-{end - 1}/{len(LARGE)}"
    assert response["Content-Length"] == str(end - start)
    assert body(response) == LARGE[start:end]


def test_a_range_behind_the_end_is_416(client: Client, repository: Repository) -> None:
    response = client.get("/alice/thing/resolve/main/weights.bin", headers={"Range": "bytes=128000-"})
    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{len(LARGE)}"


@pytest.mark.parametrize("header", ["bytes=9-3", "lines=1-2", "bytes=0-1,5-6", "nonsense"])
def test_a_range_that_makes_no_sense_is_ignored(client: Client, repository: Repository, header: str) -> None:
    response = client.get("/alice/thing/resolve/main/weights.bin", headers={"Range": header})
    assert (response.status_code, len(body(response))) == (200, len(LARGE))


def test_conditions_are_answered(client: Client, repository: Repository) -> None:
    url = "/alice/thing/resolve/main/weights.bin"
    etag = client.head(url)["ETag"]
    same = client.get(url, headers={"If-None-Match": f'"x", W/{etag}'})
    assert (same.status_code, body(same), same["ETag"]) == (304, b"", etag)
    part = {"Range": "bytes=0-9"}
    assert client.get(url, headers={**part, "If-Range": etag}).status_code == 206
    assert client.get(url, headers={**part, "If-Range": '"other"'}).status_code == 200


def test_markup_is_served_inert(client: Client, repository: Repository) -> None:
    response = client.get("/alice/thing/resolve/main/docs/page.html")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_raw_shows_the_pointer_of_a_large_file(client: Client, repository: Repository) -> None:
    response = client.get("/alice/thing/raw/main/weights.bin")
    text = body(response).decode()
    assert text.startswith("version https://git-lfs.github.com/spec/v1\noid sha256:")
    assert response["Content-Length"] == str(len(text))


def test_a_xet_file_is_announced_and_rebuilt_for_plain_clients(
    client: Client, repository: Repository, alice: User
) -> None:
    file = upload_by_xet(repository)
    commit_large_file(repository, alice, "xet.bin", file.real_sha256)
    response = client.get("/alice/thing/resolve/main/xet.bin")
    assert body(response) == file.content
    assert len(response["X-Xet-Hash"]) == 64
    assert "/xet-read-token/" in response["Link"]
    part = client.get("/alice/thing/resolve/main/xet.bin", headers={"Range": "bytes=2990-7000"})
    assert body(part) == file.content[2990:7001]


def test_a_client_may_ask_whether_to_fetch_by_xet(
    client: Client, alice: User, repository: Repository
) -> None:
    file = upload_by_xet(repository)
    commit_large_file(repository, alice, "xet.bin", file.real_sha256)
    asked = {"Accept": "application/vnd.xet-fileinfo+json, */*", "Range": "bytes=0-0"}
    response = client.get("/alice/thing/resolve/main/xet.bin", headers=asked)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/vnd.xet-fileinfo+json"
    assert response["X-Linked-Size"] == str(len(file.content))
    assert response.json()["hash"] == response["X-Xet-Hash"]
    assert "Accept" in response["Vary"]
    plain = client.get("/alice/thing/resolve/main/weights.bin", headers=asked)
    assert (plain.status_code, plain["Content-Range"]) == (206, f"bytes 0-0/{len(LARGE)}")


def test_a_store_elsewhere_sends_the_bytes_itself(client: Client, alice: User, settings: Settings) -> None:
    use_s3(settings)
    made = make_repository(alice, "far")
    commit_large_file(made, alice, "w.bin", upload(made, LARGE))
    head = client.head("/alice/far/resolve/main/w.bin")
    assert (head.status_code, head["Content-Length"]) == (200, str(len(LARGE)))
    got = client.get("/alice/far/resolve/main/w.bin")
    assert (got.status_code, got["X-Linked-Size"]) == (302, str(len(LARGE)))
    with urllib.request.urlopen(got["Location"]) as answer:
        assert answer.read() == LARGE
    file = upload_by_xet(made)
    commit_large_file(made, alice, "x.bin", file.real_sha256)
    assert body(client.get("/alice/far/resolve/main/x.bin")) == file.content


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.html", "text/plain; charset=utf-8"),
        ("a.js", "text/plain; charset=utf-8"),
        ("a.yaml", "text/plain; charset=utf-8"),
        ("a.png", "image/png"),
        ("a.json", "application/json"),
        ("a.tar.gz", "application/octet-stream"),
        ("a.swf", "application/octet-stream"),
        ("weights", "application/octet-stream"),
    ],
)
def test_types_are_safe(name: str, expected: str) -> None:
    assert content_type(name) == expected


def test_bytes_that_are_lost_are_an_error_and_no_half_answer(client: Client, repository: Repository) -> None:
    open_store("lfs").delete(hashlib.sha256(LARGE).hexdigest())
    response = client.get("/alice/thing/resolve/main/weights.bin")
    assert (response.status_code, response["X-Error-Code"]) == (500, "InternalError")


def test_absence_is_told_by_code(client: Client, repository: Repository) -> None:
    missing = client.head("/alice/thing/resolve/main/nope.bin")
    assert (missing.status_code, missing["X-Error-Code"]) == (404, "EntryNotFound")
    assert missing["X-Repo-Commit"] == client.head("/alice/thing/resolve/main/README.md")["X-Repo-Commit"]
    assert client.get("/alice/thing/resolve/main/docs")["X-Error-Code"] == "EntryNotFound"
    assert client.get("/alice/thing/resolve/nope/README.md")["X-Error-Code"] == "RevisionNotFound"
    assert client.get("/alice/nothing/resolve/main/README.md").status_code == 401


def test_private_files_are_invisible_to_others(client: Client, alice: User) -> None:
    make_repository(alice, "secret", private=True, files={"README.md": README})
    url = "/alice/secret/resolve/main/README.md"
    assert (client.get(url).status_code, client.get(url)["X-Error-Code"]) == (401, "RepoNotFound")
    stranger = {"Authorization": f"Bearer {make_token(make_user('bob'))}"}
    assert client.get(url, headers=stranger).status_code == 404
    owner = {"Authorization": f"Bearer {make_token(alice, 'read')}"}
    response = client.get(url, headers=owner)
    assert body(response) == README.encode()
    assert response["Cache-Control"] == "private, no-cache"


def test_datasets_lie_below_their_plural(client: Client, alice: User) -> None:
    make_repository(alice, "pairs", "dataset", files={"a/b.csv": "x,y\n"})
    assert body(client.get("/datasets/alice/pairs/resolve/main/a/b.csv")) == b"x,y\n"


def test_a_get_counts_as_a_download_and_head_does_not(client: Client, repository: Repository) -> None:
    cache.clear()
    client.head("/alice/thing/resolve/main/weights.bin")
    client.get("/alice/thing/resolve/main/weights.bin", headers={"Range": "bytes=5-"})
    assert not DownloadDay.objects.exists()
    client.get("/alice/thing/resolve/main/weights.bin")
    assert DownloadDay.objects.get().count == 1


def test_head_takes_few_queries(
    client: Client, repository: Repository, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(3):
        client.head("/alice/thing/resolve/main/weights.bin")
