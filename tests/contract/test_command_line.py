"""The `hf` command of the newest client and of the one before, against a running hub."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract.people import Person
from tests.live import ROOT, LiveHub

OLDER = ROOT / ".venv-hf1" / "bin"
CLIENTS = [
    pytest.param(Path(sys.executable).parent, id="newest"),
    pytest.param(
        OLDER,
        id="older",
        marks=pytest.mark.skipif(not OLDER.exists(), reason="the older client is not installed"),
    ),
]
Run = Callable[..., str]


def environment(hub: LiveHub, person: Person, home: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "PYTEST_"))}
    return {
        **kept,
        "HF_ENDPOINT": hub.url,
        "HF_TOKEN": person.token,
        "HF_HOME": str(home),
        "HF_HUB_DISABLE_UPDATE_CHECK": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "NO_COLOR": "1",
    }


@pytest.fixture(params=CLIENTS)
def hf(request: pytest.FixtureRequest, live_hub: LiveHub, alice: Person, tmp_path: Path) -> Run:
    """`hf("upload", …)` runs the command and returns what it prints."""

    def run(*arguments: str, fails: bool = False) -> str:
        done = subprocess.run(
            [request.param / "hf", *arguments],
            env=environment(live_hub, alice, tmp_path / "home"),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert bool(done.returncode) == fails, f"{arguments}: {done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    return run


def test_it_carries_a_repository_through_its_life(hf: Run, alice: Person, tmp_path: Path) -> None:
    repo = f"{alice.name}/cli{uuid.uuid4().hex[:8]}"
    assert alice.name in hf("auth", "whoami")
    hf("repos", "create", repo, "--private")
    hf("repos", "create", repo, "--exist-ok")
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "sub" / "w.bin").write_bytes(bytes(range(256)) * 3000)
    hf("upload", repo, str(folder), ".", "--commit-message", "From the command line")
    hf("upload", repo, str(folder / "a.txt"), "b.txt")
    hf("download", repo, "--local-dir", str(tmp_path / "got"))
    assert (tmp_path / "got/sub/w.bin").read_bytes() == (folder / "sub/w.bin").read_bytes()
    assert (tmp_path / "got/b.txt").read_text() == "a"
    hf("repos", "branch", "create", repo, "dev")
    hf("repos", "tag", "create", repo, "v1")
    assert "v1" in hf("repos", "tag", "list", repo)
    hf("repos", "delete-files", repo, "b.txt")
    assert repo in hf("models", "ls", "--author", alice.name, "--format", "json")
    hf("repos", "settings", repo, "--public")
    hf("repos", "move", repo, f"{repo}-new")
    hf("repos", "delete", f"{repo}-new", "--yes")
    assert "ound" in hf("download", f"{repo}-new", "a.txt", fails=True)


def test_it_uploads_data_sets(hf: Run, alice: Person, tmp_path: Path) -> None:
    repo = f"{alice.name}/data{uuid.uuid4().hex[:8]}"
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n")
    hf("upload", repo, str(tmp_path / "rows.csv"), "rows.csv", "--repo-type", "dataset")
    hf("download", repo, "rows.csv", "--repo-type", "dataset", "--local-dir", str(tmp_path / "got"))
    assert (tmp_path / "got/rows.csv").read_text() == "a,b\n1,2\n"


def test_it_says_what_is_not_offered(hf: Run, alice: Person) -> None:
    assert "Spaces are not offered by this hub." in hf(
        "repos", "create", f"{alice.name}/s", "--repo-type", "space", "--space-sdk", "gradio", fails=True
    )
    assert "Buckets are not offered by this hub." in hf("buckets", "create", "b", fails=True)


@pytest.mark.parametrize("xet", ["on", "off"])
@pytest.mark.parametrize("client", [".venv-hf1", ".venv-hf0"])
def test_it_serves_older_clients(
    live_hub: LiveHub, bob: Person, tmp_path: Path, client: str, xet: str
) -> None:
    python = ROOT / client / "bin" / "python"
    if not python.exists():
        pytest.skip(f"{client} is not installed")
    env = environment(live_hub, bob, tmp_path) | ({"HF_HUB_DISABLE_XET": "1"} if xet == "off" else {})
    done = subprocess.run(
        [python, Path(__file__).with_name("client_older.py"), bob.name],
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.endswith("fine\n"), done.stdout + done.stderr
