"""Large files with the ecosystem's own clients against a running hub."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from huggingface_hub import HfApi, hf_hub_download, snapshot_download
from huggingface_hub.utils import HfHubHTTPError

from tests.live import ROOT, LiveHub

CLIENT = ROOT / "tests" / "contract" / "transfer_client.py"
OLD_PYTHON = ROOT / ".venv-hf1" / "bin" / "python"
SIZE = 20 << 20


@pytest.fixture(scope="module")
def token(live_hub: LiveHub) -> str:
    live_hub.manage("create_user", "larges", "--password", "correct horse battery")
    return live_hub.manage("create_token", "larges", "--scope", "write").strip().splitlines()[-1]


@pytest.fixture
def large_file(tmp_path: Path) -> Path:
    path = tmp_path / "weights.bin"
    path.write_bytes(random.randbytes(SIZE))
    return path


def run_client(
    live_hub: LiveHub, token: str, home: Path, repository: str, file: Path, *, xet: bool, python: str
) -> None:
    done = subprocess.run(
        [python, CLIENT, repository, file],
        env={
            "PATH": os.environ["PATH"],
            "HF_ENDPOINT": live_hub.url,
            "HF_TOKEN": token,
            "HF_HOME": str(home),
            "HF_HUB_DISABLE_XET": "0" if xet else "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["same"]


@pytest.mark.parametrize("xet", [True, False], ids=["xet", "lfs"])
@pytest.mark.parametrize("client", ["newest", "1.x"])
def test_a_file_goes_up_and_comes_back(
    live_hub: LiveHub, token: str, tmp_path: Path, large_file: Path, client: str, xet: bool
) -> None:
    python = sys.executable if client == "newest" else str(OLD_PYTHON)
    if not shutil.which(python):
        pytest.skip("the older client is not installed (.venv-hf1)")
    repository = f"larges/{client[0]}-{'xet' if xet else 'lfs'}"
    run_client(live_hub, token, tmp_path / "home", repository, large_file, xet=xet, python=python)


@pytest.fixture
def api(live_hub: LiveHub, token: str) -> HfApi:
    return HfApi(endpoint=live_hub.url, token=token)


def get(live_hub: LiveHub, path: str, **headers: str) -> httpx2.Response:
    return httpx2.get(live_hub.url + path, headers=headers)


def test_what_came_by_xet_is_read_by_plain_http_in_ranges(
    live_hub: LiveHub, api: HfApi, large_file: Path
) -> None:
    api.create_repo("larges/ranges")
    api.upload_file(path_or_fileobj=large_file, path_in_repo="w.bin", repo_id="larges/ranges")
    data = large_file.read_bytes()
    url = "/larges/ranges/resolve/main/w.bin"
    whole = get(live_hub, url)
    assert (whole.content, whole.headers["X-Xet-Hash"] != "") == (data, True)
    assert whole.headers["ETag"] == f'"{hashlib.sha256(data).hexdigest()}"'
    for start, end in [(0, 0), (65_000, 200_000), (SIZE - 7, SIZE - 1)]:
        part = get(live_hub, url, Range=f"bytes={start}-{end}")
        assert (part.status_code, part.content) == (206, data[start : end + 1])


def stored_bytes(live_hub: LiveHub) -> int:
    return sum(path.stat().st_size for path in (live_hub.data / "xorbs").rglob("*") if path.is_file())


def test_an_edited_copy_costs_only_what_changed(live_hub: LiveHub, api: HfApi, large_file: Path) -> None:
    api.create_repo("larges/edits")
    api.upload_file(path_or_fileobj=large_file, path_in_repo="w.bin", repo_id="larges/edits")
    before = stored_bytes(live_hub)
    api.upload_file(path_or_fileobj=large_file, path_in_repo="again.bin", repo_id="larges/edits")
    assert stored_bytes(live_hub) == before
    with large_file.open("r+b") as file:
        file.seek(SIZE // 2)
        file.write(b"a change in the middle")
    api.upload_file(path_or_fileobj=large_file, path_in_repo="w.bin", repo_id="larges/edits")
    assert 0 < stored_bytes(live_hub) - before < 1_000_000


def test_a_client_that_never_saw_a_file_sends_only_what_the_hub_lacks(
    live_hub: LiveHub, token: str, tmp_path: Path, large_file: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    run_client(live_hub, token, first, "larges/seen", large_file, xet=True, python=sys.executable)
    before = stored_bytes(live_hub)
    with large_file.open("r+b") as file:
        file.seek(SIZE // 2)
        file.write(b"a change in the middle")
    run_client(live_hub, token, second, "larges/unseen", large_file, xet=True, python=sys.executable)
    assert 0 < stored_bytes(live_hub) - before < 1_000_000


def test_a_folder_of_small_and_large_files_is_the_same_afterwards(
    live_hub: LiveHub, api: HfApi, token: str, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    (folder / "deep").mkdir(parents=True)
    for i in range(12):
        (folder / "deep" / f"{i}.txt").write_text(f"file {i}")
    for i in range(3):
        (folder / f"{i}.safetensors").write_bytes(random.randbytes(300_000 * (i + 1)))
    api.create_repo("larges/folder", repo_type="dataset", private=True)
    api.upload_folder(folder_path=folder, repo_id="larges/folder", repo_type="dataset")
    fetched = Path(
        snapshot_download(
            "larges/folder",
            repo_type="dataset",
            endpoint=live_hub.url,
            token=token,
            local_dir=tmp_path / "fetched",
        )
    )
    for path in folder.rglob("*.*"):
        assert (fetched / path.relative_to(folder)).read_bytes() == path.read_bytes()


def test_a_private_large_file_is_invisible_without_the_right(
    live_hub: LiveHub, api: HfApi, large_file: Path, tmp_path: Path
) -> None:
    api.create_repo("larges/hidden", private=True)
    api.upload_file(path_or_fileobj=large_file, path_in_repo="w.bin", repo_id="larges/hidden")
    with pytest.raises(HfHubHTTPError):
        hf_hub_download(
            "larges/hidden", "w.bin", endpoint=live_hub.url, token=False, cache_dir=tmp_path / "cache"
        )


def test_bytes_that_do_not_fit_their_checksum_are_refused(live_hub: LiveHub, api: HfApi, token: str) -> None:
    api.create_repo("larges/wrong")
    order = {"operation": "upload", "objects": [{"oid": "ab" * 32, "size": 5}], "ref": {"name": "main"}}
    batch = httpx2.post(
        f"{live_hub.url}/larges/wrong.git/info/lfs/objects/batch",
        json=order,
        headers={"Authorization": f"Bearer {token}"},
    ).json()
    href = batch["objects"][0]["actions"]["upload"]["href"]
    refused = httpx2.put(href, content=b"12345")
    assert (refused.status_code, "sha256" in refused.json()["error"]) == (400, True)
    chunked = httpx2.put(href, content=iter([b"12", b"345"]))
    assert (chunked.status_code, "sha256" in chunked.json()["error"]) == (400, True)
    assert not (live_hub.data / "lfs" / "ab").exists()


def test_an_upload_that_is_cut_off_leaves_nothing(live_hub: LiveHub, api: HfApi, token: str) -> None:
    api.create_repo("larges/cut")
    with cut_upload(live_hub, token, "larges/cut", bytes(10_000_000), sent=3_000_000):
        pass
    wait_until(lambda: not drafts(live_hub))
    assert get(live_hub, "/healthz").status_code == 200


@contextmanager
def cut_upload(hub: LiveHub, token: str, repository: str, data: bytes, *, sent: int) -> Iterator[None]:
    """A connection over which a part of an LFS upload has gone; it closes at the end of the block."""
    item = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data)}
    batch = httpx2.post(
        f"{hub.url}/{repository}.git/info/lfs/objects/batch",
        json={"operation": "upload", "objects": [item]},
        headers={"Authorization": f"Bearer {token}"},
    ).json()
    path = batch["objects"][0]["actions"]["upload"]["href"].removeprefix(hub.url)
    with socket.create_connection(("127.0.0.1", hub.port)) as connection:
        head = f"PUT {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(data)}\r\n\r\n"
        connection.sendall(head.encode() + data[:sent])
        wait_until(lambda: bool(drafts(hub)))
        yield


def drafts(hub: LiveHub) -> list[Path]:
    return list((hub.data / "lfs" / "tmp").glob("draft-*"))


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_broken_xorb_and_a_broken_shard_are_refused(live_hub: LiveHub, api: HfApi, token: str) -> None:
    api.create_repo("larges/broken")
    told = httpx2.get(
        f"{live_hub.url}/api/models/larges/broken/xet-write-token/main",
        headers={"Authorization": f"Bearer {token}"},
    ).json()
    access = {"Authorization": f"Bearer {told['accessToken']}"}
    for path in (f"/v1/xorbs/default/{'1' * 64}", "/v1/shards", "/v2/shards"):
        refused = httpx2.post(told["casUrl"] + path, content=b"\x00" * 500, headers=access)
        assert refused.status_code == 400, path
        assert refused.json()["error"].startswith("Broken")


@pytest.mark.slow
def test_a_hub_that_dies_in_an_upload_has_lost_nothing_and_holds_no_half() -> None:
    hub = LiveHub()
    try:
        hub.start()
        hub.manage("create_user", "larges", "--password", "correct horse battery")
        token = hub.manage("create_token", "larges", "--scope", "write").strip().splitlines()[-1]
        api = HfApi(endpoint=hub.url, token=token)
        api.create_repo("larges/dies")
        data = random.randbytes(12_000_000)
        with cut_upload(hub, token, "larges/dies", data, sent=5_000_000):
            hub.kill()
        hub.start()
        hub.manage("fsck", "--full")
        assert not list((hub.data / "lfs").glob("??/??/*"))
        api.upload_file(path_or_fileobj=data, path_in_repo="w.bin", repo_id="larges/dies")
        assert get(hub, "/larges/dies/resolve/main/w.bin").content == data
    finally:
        hub.close()


def git(home: Path, folder: str, *arguments: str) -> str:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "GIT_TERMINAL_PROMPT": "0",
        **{
            f"GIT_{role}_{part}": value
            for role in ("AUTHOR", "COMMITTER")
            for part, value in (("NAME", "L"), ("EMAIL", "l@example.org"))
        },
    }
    done = subprocess.run(
        ["git", "-C", home / folder, *arguments], env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(not shutil.which("git-lfs"), reason="git-lfs is not installed")
def test_git_lfs_pushes_and_pulls(
    live_hub: LiveHub, api: HfApi, token: str, large_file: Path, tmp_path: Path
) -> None:
    api.create_repo("larges/by-git", private=True)
    url = f"{live_hub.url}/larges/by-git".replace("http://", f"http://larges:{token}@")
    git(tmp_path, ".", "lfs", "install", "--skip-repo")
    git(tmp_path, ".", "clone", url, "first")
    git(tmp_path, "first", "lfs", "track", "*.bin")
    shutil.copy(large_file, tmp_path / "first" / "w.bin")
    git(tmp_path, "first", "add", ".")
    git(tmp_path, "first", "commit", "-m", "Add weights")
    git(tmp_path, "first", "push", "origin", "HEAD:main")
    entry = api.get_paths_info("larges/by-git", ["w.bin"])[0]
    assert entry.lfs.size == SIZE  # type: ignore[union-attr]
    git(tmp_path, ".", "clone", url, "second")
    assert (tmp_path / "second" / "w.bin").read_bytes() == large_file.read_bytes()
    git(tmp_path, "first", "lfs", "lock", "w.bin")
    assert "w.bin" in git(tmp_path, "second", "lfs", "locks")
    git(tmp_path, "first", "lfs", "unlock", "w.bin")
    assert "w.bin" not in git(tmp_path, "second", "lfs", "locks")
