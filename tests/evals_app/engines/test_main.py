"""How an engine starts and ends, before any library is loaded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live import ROOT


def start(*arguments: str, events: Path | None = None) -> subprocess.CompletedProcess[str]:
    """With the web's own interpreter: what is tested here needs none of the engines' packages."""
    redirect = f"3>{events}" if events else "3>&-"
    command = [
        "/bin/sh",
        "-c",
        f'exec "$@" {redirect}',
        "sh",
        sys.executable,
        "-m",
        "evals_app.engines",
        *arguments,
    ]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "spec.json").write_text(json.dumps({"job": "j", "recipe": "alchemy"}))
    (tmp_path / "result.json").write_text("{}")
    return tmp_path


def test_it_names_its_failure_in_a_file(place: Path) -> None:
    assert start("fine-tune", str(place)).returncode == 1
    error = json.loads((place / "error.json").read_text())
    assert error == {
        "code": "bad-input",
        "message": "There is no recipe 'alchemy'; there are seq2seq, causal.",
    }
    assert not (place / "result.json").exists()


def test_it_says_at_once_that_it_is_there(place: Path, tmp_path: Path) -> None:
    start("fine-tune", str(place), events=tmp_path / "events")
    first = json.loads((tmp_path / "events").read_text().splitlines()[0])
    assert first == {"type": "progress", "done": 0, "total": None, "text": "Starting"}


def test_it_explains_how_it_is_used() -> None:
    done = start("dance")
    assert done.returncode == 2
    assert "evaluate | fine-tune | pull" in done.stderr


def test_it_imports_nothing_of_the_hub() -> None:
    script = (
        "import sys, evals_app.engines.__main__, evals_app.engines.evaluate.program, "
        "evals_app.engines.fine_tune.program, evals_app.engines.pull.program; "
        "forbidden = ('django', 'celery', 'torch', 'hub', 'models_app'); "
        "print([m for m in sys.modules if m.partition('.')[0] in forbidden])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=30
    )
    assert done.stdout.strip() == "[]", done.stderr
