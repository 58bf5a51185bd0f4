"""Training as a client of a running hub."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engines import Event
from tests.evals_app.engines.conftest import SHORT, Bench, Published

pytestmark = pytest.mark.engines


def reached(step: int) -> Callable[[Event], bool]:
    return lambda event: event["type"] == "metric" and event["step"] >= step


def weights(bench: Bench, repository: str) -> str:
    """The sha256 of the published weights."""
    [found] = bench.api.get_paths_info(repository, ["model.safetensors"])
    assert found.lfs
    return found.lfs.sha256


def test_it_publishes_a_model_that_clients_can_load(bench: Bench, seq2seq: Published) -> None:
    names = set(bench.api.list_repo_files(seq2seq.reference["id"], revision=seq2seq.reference["commit"]))
    assert {"model.safetensors", "config.json", "generation_config.json", "tokenizer.json"} <= names
    assert not any(name.endswith((".bin", ".pt", ".pth", ".pkl")) for name in names)


def test_it_writes_a_card_that_says_what_the_model_was_made_from(bench: Bench, seq2seq: Published) -> None:
    model = seq2seq.reference["id"]
    info = bench.api.model_info(model)
    assert info.card_data
    card = info.card_data.to_dict()
    assert card["datasets"] == ["engineer/pairs"]
    assert (card["license"], card["pipeline_tag"]) == ("bsd-3-clause", "translation")
    text = Path(bench.api.hf_hub_download(model, "README.md")).read_text(encoding="utf-8")
    assert bench.dataset["commit"] in text
    assert "trained from random weights" in text


@pytest.mark.slow
def test_it_continues_bit_by_bit_after_a_kill(bench: Bench, seq2seq: Published) -> None:
    order = bench.train("killed", **SHORT)
    killed = order.run(end_with=signal.SIGKILL, when=reached(10))
    assert (killed.code, killed.result) == (-signal.SIGKILL, None)
    resumed = order.run()
    assert "Continuing from checkpoint-" in resumed.log
    assert resumed.result, resumed.log
    assert resumed.result["losses"] == seq2seq.losses
    assert weights(bench, "engineer/killed") == weights(bench, seq2seq.reference["id"])


@pytest.mark.slow
def test_it_saves_and_ends_when_asked_to(bench: Bench, seq2seq: Published) -> None:
    order = bench.train("stopped", **{**SHORT, "save_steps": 100})
    stopped = order.run(end_with=signal.SIGTERM, when=reached(3))
    assert (stopped.code, stopped.result, stopped.error) == (143, None, None)
    assert list(order.folder.glob("checkpoints/checkpoint-*"))
    finished = order.run()
    assert finished.result, finished.log
    assert finished.result["losses"] == seq2seq.losses
    assert weights(bench, "engineer/stopped") == weights(bench, seq2seq.reference["id"])


def test_it_names_the_column_that_is_missing(bench: Bench) -> None:
    ended = bench.train("never", max_steps=1, source_column="english").run()
    assert ended.code == 1
    assert ended.error
    assert ended.error["code"] == "bad-input"
    assert "no column 'english'" in ended.error["message"]
