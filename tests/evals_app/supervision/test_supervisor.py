"""The supervisor, with engines that are small scripts and a hub that is a list."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from evals_app.jobs.exchange import Ending, Metric, Outcome, Progress, Verdict
from evals_app.jobs.failures import FailureCode
from evals_app.supervision.coordination import HubUnreachable
from tests.evals_app.supervision.engines import Hub, is_alive, run_engine

Run = Callable[..., Outcome | None]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return partial(run_engine, tmp_path)


def test_it_passes_on_events_log_and_result(run: Run, tmp_path: Path) -> None:
    hub = Hub()
    script = """
echo '{"type": "metric", "step": 1, "values": {"loss": 2.5, "bad": null}}' >&3
echo '{"type": "progress", "done": 1, "total": 2, "text": "half"}' >&3
echo 'no json' >&3
echo '[1]' >&3
echo out; echo err >&2
echo '{"done": true}' > result.json
"""
    outcome = run(script, hub)
    assert outcome == Outcome(Ending.SUCCEEDED, result={"done": True}, exit_code=0)
    assert Metric(1, {"loss": 2.5}) in hub.events
    assert Progress(0.5, "half") in hub.events
    assert sorted(hub.log.split()) == ["err", "out"]
    assert list((tmp_path / "work").iterdir()) == []


def test_it_gives_the_engine_its_order_and_none_of_the_hubs_secrets(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_SECRET_KEY", "very secret")
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    hub = Hub()
    run('cat spec.json; echo "args $*"; env; echo "{}" > result.json', hub)
    assert '"kind": "evaluate"' in hub.log
    assert "args -m evals_app.engines evaluate /" in hub.log
    assert "HF_TOKEN=hf_secret" in hub.log
    assert "secret key" not in hub.log
    assert "very secret" not in hub.log
    assert "postgres" not in hub.log


@pytest.mark.parametrize(
    ("script", "code", "exit_code"),
    [
        ("exit 3", FailureCode.ENGINE_ERROR, 3),
        ("true", FailureCode.ENGINE_ERROR, 0),
        ("""echo '{"code": "bad-input", "message": "no"}' > error.json; exit 1""", FailureCode.BAD_INPUT, 1),
        ("""echo '{"code": "made up", "message": "no"}' > error.json; exit 1""", FailureCode.ENGINE_ERROR, 1),
        ("echo broken > error.json; exit 1", FailureCode.ENGINE_ERROR, 1),
        ("kill -9 $$", FailureCode.KILLED, -9),
        ("echo '[]' > result.json", FailureCode.ENGINE_ERROR, 0),
    ],
)
def test_it_types_every_failure(run: Run, script: str, code: FailureCode, exit_code: int) -> None:
    outcome = run(script, Hub())
    assert outcome is not None
    assert outcome.failure is not None
    assert (outcome.ending, outcome.failure.code, outcome.exit_code) == (Ending.FAILED, code, exit_code)


def test_it_says_when_the_interpreter_is_missing(run: Run, tmp_path: Path) -> None:
    hub = Hub()
    run("true", hub, python=str(tmp_path / "none"))
    failure = hub.outcomes[0].failure
    assert failure is not None
    assert (failure.code, "HUB_ENGINE_PYTHON" in failure.message) == (FailureCode.CANNOT_START, True)


def test_it_ends_the_whole_group_on_cancel(run: Run, tmp_path: Path) -> None:
    hub = Hub(lambda beat: Verdict(alive=True, cancel=beat > 1))
    pids = tmp_path / "pids"
    script = f"trap '' TERM; sleep 60 & echo $$ $! > {pids}; wait; sleep 60"
    started = time.monotonic()
    outcome = run(script, hub)
    assert outcome == Outcome(Ending.CANCELLED)
    assert time.monotonic() - started < 5
    # The kernel ends the rest of a killed group in its own time.
    while any(is_alive(pid) for pid in pids.read_text().split()):
        assert time.monotonic() - started < 10
        time.sleep(0.05)


def test_it_gives_the_job_back_and_lets_the_engine_save(run: Run, tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    script = f"trap 'echo yes > {saved}; exit 143' TERM; touch {tmp_path}/up; while :; do sleep 0.1; done"
    outcome = run(script, Hub(), stop=lambda: (tmp_path / "up").exists())
    assert outcome == Outcome(Ending.GIVEN_BACK)
    assert saved.read_text() == "yes\n"
    assert len(list((tmp_path / "work").iterdir())) == 1


def test_it_ends_an_engine_whose_time_is_up(run: Run) -> None:
    outcome = run("exec sleep 60", Hub(), limit=1)
    assert outcome is not None
    assert outcome.failure is not None
    assert outcome.failure.code == FailureCode.TIME_LIMIT


def test_it_says_nothing_more_once_the_lease_is_lost(run: Run) -> None:
    started = time.monotonic()
    assert run("exec sleep 60", Hub(lambda _: Verdict(alive=False))) is None
    assert time.monotonic() - started < 3


def test_it_bears_a_hub_that_is_away_for_a_moment_and_loses_no_word(run: Run) -> None:
    def verdict(beat: int) -> Verdict:
        if beat < 3:
            raise HubUnreachable
        return Verdict(alive=True)

    hub = Hub(verdict)
    outcome = run("echo first; sleep 1; echo last; echo '{}' > result.json", hub)
    assert outcome is not None
    assert outcome.ending == Ending.SUCCEEDED
    assert hub.log == "first\nlast\n"


def test_it_ends_the_engine_when_the_hub_stays_away_longer_than_the_lease(run: Run) -> None:
    def verdict(_beat: int) -> Verdict:
        raise HubUnreachable

    assert run("exec sleep 60", Hub(verdict)) is None


def test_it_survives_an_engine_that_floods_it(run: Run) -> None:
    hub = Hub()
    script = "head -c 5000000 /dev/zero | tr '\\0' x; head -c 3000000 /dev/zero >&3; echo '{}' > result.json"
    outcome = run(script, hub)
    assert outcome is not None
    assert outcome.ending == Ending.SUCCEEDED
    assert len(hub.log) <= 5_000_000


def test_its_order_is_readable_json(run: Run, tmp_path: Path) -> None:
    hub = Hub()
    run("cp spec.json copy.json && cat copy.json && echo '{}' > result.json", hub)
    assert json.loads(hub.log) == {"kind": "evaluate"}
