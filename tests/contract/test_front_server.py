"""Large files behind nginx, set up as the documentation says, with the ecosystem's own client."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from huggingface_hub import HfApi, hf_hub_download

from tests import front_server
from tests.contract.people import make_person
from tests.live import LiveHub

pytestmark = [
    pytest.mark.skipif(front_server.program() is None, reason="no nginx on this machine"),
    # The client's own way of sending an open file.
    pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning"),
]
CONTENT = random.Random(5).randbytes(3 << 20)


@pytest.fixture(scope="module")
def front() -> Iterator[tuple[str, HfApi, str]]:
    """The front server's address, a client of it, and a repository with a file by LFS and one by Xet."""
    hub = LiveHub(extra_env={"HUB_FRONT_SERVER_PREFIX": "/_files", "HUB_TRUST_PROXY": "1"})
    try:
        hub.start()
        with front_server.before_hub(hub.port, hub.data) as url:
            person = make_person(hub, "front")
            api = HfApi(endpoint=url, token=person.token)
            name = f"{person.name}/weights"
            api.create_repo(name)
            # An open file travels by LFS, a path by Xet.
            api.upload_file(path_or_fileobj=io.BytesIO(CONTENT), path_in_repo="lfs.bin", repo_id=name)
            yield url, api, name
    finally:
        hub.close()


def get(front: tuple[str, HfApi, str], **headers: str) -> httpx2.Response:
    url, _, name = front
    return httpx2.get(f"{url}/{name}/resolve/main/lfs.bin", headers=headers)


def test_it_sends_a_file_with_the_headers_of_the_hub(front: tuple[str, HfApi, str]) -> None:
    url, _, name = front
    answer = get(front)
    told = httpx2.head(f"{url}/{name}/resolve/main/lfs.bin").headers
    assert answer.status_code == 200
    assert answer.content == CONTENT
    same = ("ETag", "X-Repo-Commit", "X-Linked-Size", "Content-Disposition", "Content-Security-Policy")
    assert [answer.headers[header] for header in same] == [told[header] for header in same]
    # Set by nginx from the file alone: so it was nginx that sent it.
    assert "Last-Modified" in answer.headers
    assert "X-Accel-Redirect" not in answer.headers


def test_it_sends_ranges(front: tuple[str, HfApi, str]) -> None:
    answer = get(front, Range="bytes=100-199")
    assert (answer.status_code, answer.content) == (206, CONTENT[100:200])
    assert answer.headers["Content-Range"] == f"bytes 100-199/{len(CONTENT)}"
    assert get(front, Range=f"bytes={len(CONTENT)}-").status_code == 416


def test_it_knows_the_version_that_a_client_has(front: tuple[str, HfApi, str]) -> None:
    etag = get(front).headers["ETag"]
    assert get(front, **{"If-None-Match": etag}).status_code == 304
    assert get(front, **{"If-Range": etag, "Range": "bytes=0-9"}).content == CONTENT[:10]
    assert get(front, **{"If-Range": '"another"', "Range": "bytes=0-9"}).content == CONTENT


def test_nobody_may_ask_the_front_server_for_files(front: tuple[str, HfApi, str]) -> None:
    assert httpx2.get(f"{front[0]}/_files/secret_key").status_code == 404


def test_the_client_uploads_and_downloads_through_it(front: tuple[str, HfApi, str], tmp_path: Path) -> None:
    _, api, name = front
    source = tmp_path / "source.bin"
    source.write_bytes(CONTENT[::-1])
    api.upload_file(path_or_fileobj=source, path_in_repo="xet.bin", repo_id=name)
    for file, content in (("lfs.bin", CONTENT), ("xet.bin", CONTENT[::-1])):
        path = hf_hub_download(name, file, endpoint=api.endpoint, token=api.token, local_dir=tmp_path)
        assert Path(path).read_bytes() == content
