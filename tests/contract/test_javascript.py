"""The ecosystem's client for JavaScript, against a running hub; `make javascript-client` fetches it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.contract.people import make_person
from tests.contract.test_command_line import environment
from tests.live import ROOT, LiveHub

CLIENT = ROOT / ".cache" / "javascript-client"


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
@pytest.mark.skipif(not (CLIENT / "node_modules").exists(), reason="run `make javascript-client` first")
@pytest.mark.parametrize("xet", ["", "1"], ids=["lfs", "xet"])
def test_it_serves_javascript(live_hub: LiveHub, tmp_path: Path, xet: str) -> None:
    # Somebody of their own: the program looks at all that they have.
    person = make_person(live_hub, "carol")
    done = subprocess.run(
        ["node", Path(__file__).with_name("client_javascript.mjs"), person.name, CLIENT],
        env=environment(live_hub, person, tmp_path) | {"WITH_XET": xet},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.endswith("fine\n"), done.stdout + done.stderr
