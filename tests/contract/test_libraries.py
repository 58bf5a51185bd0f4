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


@pytest.mark.engines
@pytest.mark.skipif(not ENGINES.exists(), reason="the engines' environment is not installed")
def test_it_serves_transformers_and_datasets(live_hub: LiveHub, alice: Person, tmp_path: Path) -> None:
    done = subprocess.run(
        [ENGINES, Path(__file__).with_name("libraries_program.py"), alice.name],
        env=environment(live_hub, alice, tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=220,
    )
    assert done.stdout.endswith("fine\n"), done.stdout + done.stderr
    request = urllib.request.Request(
        f"{live_hub.url}/api/models/{alice.name}/tiny-t5", headers={"Authorization": f"Bearer {alice.token}"}
    )
    with urllib.request.urlopen(request) as answer:
        info = json.load(answer)
    assert info["library_name"] == "transformers"
    assert info["config"]["model_type"] == "t5"
    assert info["safetensors"]["total"] > 0
