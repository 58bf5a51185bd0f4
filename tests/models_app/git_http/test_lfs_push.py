"""git with git-lfs, as people use it."""

import os
import shutil
import subprocess

import pytest

pytestmark = pytest.mark.skipif(not shutil.which("git-lfs"), reason="git-lfs is not installed")

WHO = {f"GIT_{who}_{what}": "Lena" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def test_it_pushes_and_clones_large_files(live_hub, tmp_path):
    live_hub.manage("create_user", "lena", "--password", "a long password")
    token = live_hub.manage("create_token", "lena", "--scope", "write").splitlines()[-1]
    live_hub.manage("create_repository", "lena/weights", "--as", "lena")
    address = live_hub.url.replace("://", f"://lena:{token}@") + "/lena/weights"
    env = {**os.environ, **WHO, "HOME": str(tmp_path), "GIT_TERMINAL_PROMPT": "0"}

    def git(*arguments, cwd=tmp_path):
        done = subprocess.run(
            ["git", *arguments], cwd=cwd, env=env, capture_output=True, text=True, timeout=90
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    git("lfs", "install", "--skip-repo")
    git("clone", "-q", address, "one")
    weights = os.urandom(3_000_000)
    (tmp_path / "one" / "model.safetensors").write_bytes(weights)
    git("add", "-A", cwd=tmp_path / "one")
    git("commit", "-q", "-m", "Weights", cwd=tmp_path / "one")
    git("push", "-q", cwd=tmp_path / "one")
    assert "No errors" in live_hub.manage("fsck", "--full")
    git("clone", "-q", live_hub.url + "/lena/weights.git", "two")
    assert (tmp_path / "two" / "model.safetensors").read_bytes() == weights
