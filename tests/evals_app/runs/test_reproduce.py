"""How anybody repeats a run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from django.test import Client

from evals_app.runs import reproduce, services
from evals_app.runs.models import Run
from tests.factories.accounts import make_token, make_user
from tests.factories.jobs import evaluation_result, make_evaluation
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> Run:
    return services.record(make_evaluation(make_user("alice")), evaluation_result())[0]


def test_it_is_one_command(run: Run) -> None:
    address = f"http://hub/runs/{run.pk}/reproduce.sh"
    assert reproduce.command(run, "http://hub") == f"curl -fsSLO {address} && sh reproduce.sh"


def test_its_order_is_that_of_the_run_and_uploads_nothing(run: Run) -> None:
    order = reproduce.order_of(run)
    assert order["model"] == run.job.spec["model"]
    assert [task["name"] for task in order["tasks"]] == [run.task]
    assert order["samples_repository"] == ""
    assert order["private"] is False


def test_it_pins_the_recorded_versions(run: Run) -> None:
    run.environment = {"packages": {"torch": "2.12.0+cpu", "evil; rm": "1"}}
    pins = reproduce.requirements(run)
    assert "torch==2.12.0" in pins
    assert any(pin.startswith("lm_eval==") for pin in pins)
    assert not any("evil" in pin for pin in pins)


def test_its_script_is_a_shell_script(run: Run, client: Client, tmp_path: Path) -> None:
    run.job.title = "quote ' \" $(touch hacked) `x`"
    answer = client.get(f"/runs/{run.pk}/reproduce.sh")
    assert answer["Content-Type"].startswith("text/x-shellscript")
    script = answer.content.decode()
    subprocess.run(["sh", "-n"], input=script.encode(), check=True)
    spec = script.split("<<'END_OF_SPEC'\n")[1].split("\nEND_OF_SPEC")[0]
    assert json.loads(spec)["model"]["id"] == "alice/m"


@pytest.fixture
def repeated(run: Run, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The script on a hub whose engine measures what the test says."""
    recorded = {value.metric: value.value for value in run.values.all()}
    (tmp_path / "curl").write_text('#!/bin/sh\ncp "$HOME/engine.py" evaluate.pyz\n')
    (tmp_path / "curl").chmod(0o755)

    def repeat(values: dict[str, float], **environment: str) -> subprocess.CompletedProcess[str]:
        told = [{"metric": name, "value": value} for name, value in {**recorded, **values}.items()]
        result = {"tasks": [{"values": told}]}
        (tmp_path / "engine.py").write_text(
            f"import json\nnan = float('nan')\njson.dump({result!r}, open('work/result.json', 'w'))"
        )
        known = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path), "PYTHON": sys.executable}
        return subprocess.run(
            ["sh", "-c", reproduce.script(run, "http://hub")],
            cwd=tmp_path, env=known | environment, capture_output=True, text=True,
        )  # fmt: skip

    return repeat


def test_its_script_ends_well_only_when_every_value_is_the_recorded_one(
    run: Run, repeated: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    value = run.values.all()[0]
    done = repeated({})
    assert done.returncode == 0, done.stderr
    assert "Reproduced: every value is the recorded one." in done.stdout
    done = repeated({value.metric: value.value + 0.125})
    assert done.returncode == reproduce.DIFFERENT
    assert f"Not reproduced: {value.metric}." in done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith(value.metric)]
    assert line.split()[1:] == [repr(value.value), repr(value.value + 0.125), "+0.125"]
    (told,) = json.loads((tmp_path / reproduce.folder(run) / "comparison.json").read_text())[:1]
    assert told["difference"] == pytest.approx(0.125)
    assert repeated({value.metric: value.value + 0.125}, TOLERANCE="0.2").returncode == 0
    assert repeated({value.metric: float("nan")}).returncode == reproduce.DIFFERENT


def test_it_hides_scripts_of_private_runs(client: Client) -> None:
    owner = make_user("owner")
    make_repository(owner, "secret", private=True)
    run = services.record(make_evaluation(owner, model="secret"), evaluation_result())[0]
    assert client.get(f"/runs/{run.pk}/reproduce.sh").status_code == 404
    headers = {"Authorization": f"Bearer {make_token(owner)}"}
    assert client.get(f"/runs/{run.pk}/reproduce.sh", headers=headers).status_code == 200
    assert "HF_TOKEN" in reproduce.command(run, "http://hub")


def test_its_engine_is_one_file_without_the_hub(client: Client) -> None:
    archive = zipfile.ZipFile(BytesIO(client.get("/engines/evaluate.pyz").content))
    names = set(archive.namelist())
    assert {"__main__.py", "evals_app/engines/__main__.py", "evals_app/metrics/ranking.py"} <= names
    assert not any("jobs" in name for name in names)
    assert reproduce.engine_archive() == reproduce.engine_archive.__wrapped__()
