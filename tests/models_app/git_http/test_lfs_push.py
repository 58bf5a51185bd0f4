"""git with git-lfs, as people use it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from tests.contract.people import Person, make_organization, make_person, unique
from tests.live import LiveHub
from tests.models_app.git_http.real_git import ENV, address

pytestmark = pytest.mark.skipif(not shutil.which("git-lfs"), reason="git-lfs is not installed")

Run = Callable[..., str]


@pytest.fixture
def git(tmp_path: Path) -> Run:
    """git with a home of its own, where git-lfs is installed; `hf` is the client's command."""
    env = {name: value for name, value in ENV.items() if name != "GIT_CONFIG_GLOBAL"}
    env |= {"HOME": str(tmp_path), "PATH": f"{Path(sys.executable).parent}:{ENV['PATH']}"}

    def git(*arguments: str, cwd: Path = tmp_path, fails: bool = False, **extra: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=cwd, env=env | extra, capture_output=True, text=True, timeout=90
        )
        assert (done.returncode != 0) == fails, done.stderr
        return done.stdout + done.stderr

    git("lfs", "install", "--skip-repo")
    return git


def commit_file(git: Run, clone: Path, name: str, content: bytes) -> None:
    (clone / name).write_bytes(content)
    git("add", "-A", cwd=clone)
    git("commit", "-q", "-m", name, cwd=clone)


def test_it_pushes_and_clones_large_files(
    live_hub: LiveHub, gina: Person, repository: str, git: Run, tmp_path: Path
) -> None:
    git("clone", "-q", address(live_hub, gina, repository), "one")
    weights = os.urandom(3_000_000)
    commit_file(git, tmp_path / "one", "model.safetensors", weights)
    git("push", "-q", cwd=tmp_path / "one")
    assert "No errors" in live_hub.manage("fsck", "--full")
    git("clone", "-q", f"{live_hub.url}/{repository}.git", "two")
    assert (tmp_path / "two" / "model.safetensors").read_bytes() == weights


def test_private_large_files_come_after_the_challenge(
    live_hub: LiveHub, api: HfApi, gina: Person, git: Run, tmp_path: Path
) -> None:
    """The token comes from a credential helper, which git and git-lfs ask when they get a 401."""
    name = api.create_repo(f"{gina.name}/{unique('p')}", private=True).repo_id
    api.upload_file(path_or_fileobj=b"\0" * 5000, path_in_repo="w.bin", repo_id=name)
    helper = f"!f() {{ echo username=any; echo password={gina.token}; }}; f"
    git("config", "--global", "credential.helper", helper)
    git("clone", "-q", f"{live_hub.url}/{name}", "private")
    assert (tmp_path / "private" / "w.bin").read_bytes() == b"\0" * 5000


def test_a_push_without_its_large_files_is_refused_until_they_are_there(
    live_hub: LiveHub, gina: Person, repository: str, git: Run, tmp_path: Path
) -> None:
    git("clone", "-q", address(live_hub, gina, repository), "c")
    commit_file(git, tmp_path / "c", "w.bin", os.urandom(2000))
    refused = git("push", cwd=tmp_path / "c", fails=True, GIT_LFS_SKIP_PUSH="1")
    assert "remote: The large file w.bin was not uploaded to this repository" in refused
    git("lfs", "push", "--all", "origin", cwd=tmp_path / "c")
    git("push", "-q", cwd=tmp_path / "c", GIT_LFS_SKIP_PUSH="1")


def test_locks_keep_others_from_pushing(live_hub: LiveHub, gina: Person, git: Run, tmp_path: Path) -> None:
    quinn = make_person(live_hub, "quinn")
    organization = make_organization(live_hub, gina)
    live_hub.manage("set_member", organization, quinn.name, "write")
    name = f"{organization}/{unique('locked')}"
    HfApi(endpoint=live_hub.url, token=gina.token).create_repo(name)
    for person, folder in ((gina, "hers"), (quinn, "his")):
        git("clone", "-q", address(live_hub, person, name), folder)
        git("config", f"lfs.{live_hub.url}/{name}.git/info/lfs.locksverify", "true", cwd=tmp_path / folder)
    commit_file(git, tmp_path / "hers", "w.bin", os.urandom(2000))
    git("push", "-q", cwd=tmp_path / "hers")
    git("pull", "-q", cwd=tmp_path / "his")
    git("lfs", "lock", "w.bin", cwd=tmp_path / "hers")
    assert gina.name in git("lfs", "locks", cwd=tmp_path / "his")
    commit_file(git, tmp_path / "his", "w.bin", os.urandom(2000))
    assert "Unable to push locked files" in git("push", cwd=tmp_path / "his", fails=True)
    assert "holds this lock" in git("lfs", "unlock", "w.bin", cwd=tmp_path / "his", fails=True)
    git("lfs", "unlock", "w.bin", cwd=tmp_path / "hers")
    git("push", "-q", cwd=tmp_path / "his")


@pytest.fixture
def parts_hub() -> Iterator[LiveHub]:
    hub = LiveHub(extra_env={"HUB_LFS_MULTIPART_MB": "60"})
    try:
        yield hub.start()
    finally:
        hub.close()


@pytest.mark.slow
def test_very_large_files_go_up_in_parts(parts_hub: LiveHub, git: Run, tmp_path: Path) -> None:
    """Two parts, sent by the agent that `hf lfs-enable-largefiles` sets up; git-lfs then verifies."""
    mia = make_person(parts_hub, "mia")
    name = f"{mia.name}/parts"
    HfApi(endpoint=parts_hub.url, token=mia.token).create_repo(name)
    git("clone", "-q", address(parts_hub, mia, name), "one")
    hf = Path(sys.executable).with_name("hf")
    subprocess.run([hf, "lfs-enable-largefiles", str(tmp_path / "one")], check=True, capture_output=True)
    weights = os.urandom(1_000_000) * 70
    commit_file(git, tmp_path / "one", "w.bin", weights)
    told = git("push", cwd=tmp_path / "one", GIT_TRACE="1")
    assert "lfs-multipart-upload" in told
    git("clone", "-q", f"{parts_hub.url}/{name}", "two")
    assert (tmp_path / "two" / "w.bin").read_bytes() == weights
    assert "No errors" in parts_hub.manage("fsck", "--full")
