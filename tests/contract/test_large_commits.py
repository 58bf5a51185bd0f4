"""Commits of every size that the client sends, and files that come from elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationCopy, CommitOperationDelete, HfApi

from tests.contract.people import Person, unique
from tests.live import LiveHub

FILES, FILE_BYTES = 12, 9 << 20
# Nine more files than in a commit before may cost half of what they hold; what allocators keep varies.
FLAT_BYTES = 40 << 20


@pytest.fixture
def api(live_hub: LiveHub, alice: Person) -> HfApi:
    return HfApi(endpoint=live_hub.url, token=alice.token)


def make_model(api: HfApi, alice: Person) -> str:
    return str(api.create_repo(f"{alice.name}/{unique('m')}").repo_id)


def test_a_thousand_operations_are_one_commit(api: HfApi, alice: Person) -> None:
    name = make_model(api, alice)
    added = [CommitOperationAdd(f"folder-{n % 10}/{n}.txt", f"{n}\n".encode()) for n in range(1_000)]
    api.create_commit(name, added, commit_message="A thousand")
    gone: list[CommitOperationDelete | CommitOperationAdd] = [
        CommitOperationDelete(f"folder-{n % 10}/{n}.txt") for n in range(1, 1_000)
    ]
    api.create_commit(name, [*gone, CommitOperationAdd("last.txt", b"last")], commit_message="All but one")
    assert set(api.list_repo_files(name)) == {".gitattributes", "folder-0/0.txt", "last.txt"}
    assert [commit.title for commit in api.list_repo_commits(name)][:2] == ["All but one", "A thousand"]


def test_files_are_copied_from_another_repository(api: HfApi, alice: Person) -> None:
    source, target = make_model(api, alice), make_model(api, alice)
    weights = os.urandom(300_000)
    files = [CommitOperationAdd("a.txt", b"small"), CommitOperationAdd("w.bin", weights)]
    api.create_commit(source, files, commit_message="Source")
    copies = [
        CommitOperationCopy(path, f"from/{path}", src_repo_id=source, src_repo_type="model")
        for path in ("a.txt", "w.bin")
    ]
    api.create_commit(target, copies, commit_message="Copies")
    assert Path(api.hf_hub_download(target, "from/a.txt")).read_bytes() == b"small"
    assert Path(api.hf_hub_download(target, "from/w.bin")).read_bytes() == weights


@pytest.mark.slow
def test_a_hundred_megabytes_in_one_commit_leave_memory_flat(
    live_hub: LiveHub, api: HfApi, alice: Person
) -> None:
    assert live_hub.server
    name = make_model(api, alice)
    text = (os.urandom(FILE_BYTES // 2).hex()).encode()

    def files(count: int) -> list[CommitOperationAdd]:
        return [CommitOperationAdd(f"{number}.txt", text[: -1 - number]) for number in range(count)]

    api.create_commit(name, files(3), commit_message="What a few of them take")
    before = peak_bytes(live_hub.server.pid)
    api.create_commit(name, files(FILES), commit_message="A hundred megabytes")
    grown = peak_bytes(live_hub.server.pid) - before
    print(f"{before >> 20} MiB for 3 files, {grown >> 20} MiB more for {FILES}")
    assert grown < FLAT_BYTES
    sizes = {entry.path: getattr(entry, "size", 0) for entry in api.list_repo_tree(name)}
    assert sizes["11.txt"] == len(text) - 12


def peak_bytes(pid: int) -> int:
    """The most that any process of the server has had in memory so far."""
    server = psutil.Process(pid)
    processes = [server, *server.children(recursive=True)]
    lines = "".join(Path(f"/proc/{process.pid}/status").read_text() for process in processes)
    return max(int(line.split()[1]) * 1024 for line in lines.splitlines() if line.startswith("VmHWM:"))
