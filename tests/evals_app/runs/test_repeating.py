"""Runs repeated as a stranger would."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from evals_app.runs import reproduce, services
from evals_app.runs.models import Run
from evals_app.runs.repeating import Ending, Repeater
from tests.factories.accounts import make_user
from tests.factories.jobs import evaluation_result, make_evaluation

pytestmark = pytest.mark.django_db

# What the hub would send: an environment, a comparison, an end.
SENT = """cat > reproduce.sh <<'END'
echo "HUB_SECRET_KEY=${{HUB_SECRET_KEY:-}} PYTHON=${{PYTHON:-}}"
mkdir -p {folder}/venv/bin && touch {folder}/venv/bin/python
echo '[{{"metric": "chrf", "recorded": 1, "measured": 1, "difference": 0}}]' > {folder}/comparison.json
{end}
END
"""


@pytest.fixture
def run() -> Run:
    return services.record(make_evaluation(make_user("alice")), evaluation_result())[0]


@pytest.fixture
def sends(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    def send(end: str) -> None:
        curl = tmp_path / "curl"
        curl.write_text("#!/bin/sh\n" + SENT.format(folder=reproduce.folder(run), end=end))
        curl.chmod(0o755)

    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("HUB_SECRET_KEY", "of the hub")
    return send


@pytest.mark.parametrize(
    ("end", "ending"),
    [("exit 0", Ending.EQUAL), ("exit 3", Ending.DIFFERENT), ("echo no; exit 1", Ending.FAILED),
     ("sleep 60", Ending.FAILED)],
)  # fmt: skip
def test_it_tells_what_came_of_the_command(
    run: Run, sends: object, tmp_path: Path, end: str, ending: Ending
) -> None:
    sends(end)  # type: ignore[operator]
    found = Repeater(tmp_path / "place", "http://hub", limit_seconds=2).repeat(run)
    assert found.ending == ending
    assert [value["metric"] for value in found.values] == (["chrf"] if ending != Ending.FAILED else [])


def test_it_lends_the_next_run_its_packages_and_nothing_of_the_hub(
    run: Run, sends: object, tmp_path: Path
) -> None:
    sends("exit 0")  # type: ignore[operator]
    repeater = Repeater(tmp_path / "place", "http://hub")
    outputs = []
    for _ in range(2):
        repeater.repeat(run)
        outputs.append((tmp_path / "place" / str(run.pk) / "output.log").read_text().strip())
    python = tmp_path / "place" / str(run.pk) / reproduce.folder(run) / "venv" / "bin" / "python"
    assert outputs == ["HUB_SECRET_KEY= PYTHON=", f"HUB_SECRET_KEY= PYTHON={python}"]
