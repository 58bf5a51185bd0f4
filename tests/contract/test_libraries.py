"""transformers and datasets by plain names, as their users write it."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from pathlib import Path

import pytest

from tests.contract.people import Person
from tests.contract.test_command_line import environment
from tests.live import ROOT, LiveHub

ENGINES = ROOT / ".venv-engines" / "bin" / "python"


def run(env: dict[str, str], folder: Path, program: str, *arguments: str) -> None:
    done = subprocess.run(
        [ENGINES, Path(__file__).with_name(program), *arguments],
        env=env,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=220,
    )
    assert done.stdout.endswith("fine\n"), done.stdout[-2000:] + done.stderr[-4000:]


@pytest.mark.engines
@pytest.mark.skipif(not ENGINES.exists(), reason="the engines' environment is not installed")
def test_it_serves_transformers_and_datasets(live_hub: LiveHub, alice: Person, tmp_path: Path) -> None:
    run(environment(live_hub, alice, tmp_path), tmp_path, "libraries_program.py", alice.name)
    request = urllib.request.Request(
        f"{live_hub.url}/api/models/{alice.name}/tiny-t5", headers={"Authorization": f"Bearer {alice.token}"}
    )
    with urllib.request.urlopen(request) as answer:
        info = json.load(answer)
    assert info["library_name"] == "transformers"
    assert info["config"]["model_type"] == "t5"
    assert info["safetensors"]["total"] > 0


@pytest.mark.slow
@pytest.mark.engines
@pytest.mark.skipif(not ENGINES.exists(), reason="the engines' environment is not installed")
def test_it_serves_what_users_of_datasets_do(live_hub: LiveHub, alice: Person, tmp_path: Path) -> None:
    # By a name, since the library puts `datasets-server.` before it.
    address = {"HF_ENDPOINT": live_hub.url.replace("127.0.0.1", "localhost")}
    env = environment(live_hub, alice, tmp_path) | address
    run(env, tmp_path, "datasets_program.py", alice.name, "files")
    live_hub.manage("convert_datasets", f"{alice.name}/plain")
    run(env, tmp_path, "datasets_program.py", alice.name, "conversions")


@pytest.mark.slow
@pytest.mark.engines
@pytest.mark.skipif(not ENGINES.exists(), reason="the engines' environment is not installed")
def test_it_serves_revisions_folders_and_adapters(live_hub: LiveHub, bob: Person, tmp_path: Path) -> None:
    run(environment(live_hub, bob, tmp_path), tmp_path, "models_program.py", bob.name)
