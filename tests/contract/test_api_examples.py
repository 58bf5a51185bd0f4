"""The examples of docs/api.md, word for word and in order, against a running hub."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from tests.live import ROOT, LiveHub

BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
PREPARE = """
from hub.accounts.models import Namespace
from tests.factories.accounts import make_organization, make_token, make_user
from tests.factories.jobs import make_benchmark, make_queues
from tests.factories.repositories import make_repository
ada = make_user("ada-of-the-api")
lab = make_organization("ada-lab", admin=ada)
make_queues()
make_repository(lab, "my-first-model", files={"config.json": "{}"})
make_benchmark(lab)
print("token", make_token(ada))
"""


@pytest.fixture(scope="module")
def printed(live_hub: LiveHub) -> list[str]:
    """What each block prints; a call that is refused ends the script."""
    token = live_hub.manage("shell", "--command", PREPARE).split()[-1]
    blocks = BLOCK.findall((ROOT / "docs" / "api.md").read_text(encoding="utf-8"))
    script = "set -eu -o pipefail\n" + "\necho; echo =====\n".join(blocks)
    done = subprocess.run(
        ["bash", "-c", script],
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HUB": live_hub.url, "TOKEN": token},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr}"
    return done.stdout.split("=====\n")


def answers(text: str) -> list[dict[str, object]]:
    """The JSON values that stand one behind the other."""
    decoder, found, text = json.JSONDecoder(), [], text.strip()
    while text:
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:].strip()
    return found


def test_jobs_are_submitted_found_and_ended(printed: list[str]) -> None:
    (job,) = answers(printed[2])
    assert (job["state"], job["remaining_seconds"], job["artefacts"]) == ("queued", None, [])
    (found,) = answers(printed[3])
    assert [row["id"] for row in found["results"]] == [job["id"]]  # type: ignore[attr-defined]
    assert '"chunks":[]' in printed[4]
    assert "event: state" in printed[4]
    labelled, cloned, cancelled, again = answers(printed[6])
    assert labelled["labels"] == {"name": "renamed"}
    assert cloned["spec"]["limit"] == 10  # type: ignore[index]
    assert (cancelled["state"], again["rerun_of"]) == ("cancelled", job["id"])


def test_schedules_are_kept(printed: list[str]) -> None:
    made, listed = answers(printed[7])
    assert len(made["next_runs"]) == 5  # type: ignore[arg-type]
    assert made["id"] in [row["id"] for row in listed["results"]]  # type: ignore[attr-defined]
    changed, paused, resumed, job, runs = answers(printed[8])
    assert (changed["trigger"], changed["watch"]) == ("revision", "model:ada-lab/my-first-model")
    assert (paused["paused"], resumed["paused"], job["schedule"]) == (True, False, made["id"])
    assert runs["results"][0]["cause"] == "hand"  # type: ignore[index]


def test_use_is_told(printed: list[str]) -> None:
    (used,) = answers(printed[9])
    assert used["jobs"] == 4
