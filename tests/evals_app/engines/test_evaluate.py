"""Evaluation as a client of a running hub."""

from __future__ import annotations

import signal
from typing import Any

import pyarrow.parquet as pq
import pytest
from huggingface_hub import CommitOperationAdd

from tests.engines import Ended
from tests.evals_app.engines.conftest import Bench, Published

pytestmark = pytest.mark.engines

TRANSLATION = {
    "kind": "translation",
    "prompt": "Translate: {{source}}",
    "target": "{{target}}",
    "target_language": "fr",
    "metrics": [{"name": "chrf", "primary": True}, {"name": "bleu"}],
    "decoding": {"max_new_tokens": 12, "stop": ["\n"]},
}
MODELLING = {
    "kind": "language-modelling",
    "target": "{{target}}",
    "metrics": [{"name": "bits_per_byte"}, {"name": "byte_perplexity"}, {"name": "word_perplexity"}],
}
CHOICE = {
    "kind": "multiple-choice",
    "prompt": "{{source}} = ",
    "choices": ["{{target}}", "something else", "{{source}} again"],
    "target": "{{target}}",
    "metrics": [{"name": "acc"}, {"name": "acc_norm"}],
}


def values(ended: Ended) -> list[dict[str, Any]]:
    assert ended.result, ended.log
    return [entry for task in ended.result["tasks"] for entry in task["values"]]


@pytest.fixture(scope="module")
def undisturbed(bench: Bench, seq2seq: Published) -> Ended:
    return bench.evaluate(seq2seq.reference, TRANSLATION).run()


def test_it_measures_a_translation_and_publishes_every_answer(bench: Bench, undisturbed: Ended) -> None:
    assert [value["metric"] for value in values(undisturbed)] == ["chrf", "bleu"]
    assert undisturbed.result
    [task] = undisturbed.result["tasks"]
    assert (task["sample_count"], task["sample_limit"]) == (80, None)
    assert all("version:" in value["signature"] for value in task["values"])
    place = task["samples"]
    path = bench.api.hf_hub_download(
        place["repository"], place["path"], repo_type="dataset", revision=place["commit"]
    )
    rows = pq.read_table(path).to_pylist()
    assert len(rows) == 80
    assert rows[0]["prompt"].startswith("Translate: ")
    assert {"response", "references", "prompt_hash", "chrf"} <= rows[0].keys()


def test_it_measures_likelihood_and_choice_of_a_causal_model(bench: Bench, causal: Published) -> None:
    order = bench.evaluate(causal.reference, MODELLING, limit=6)
    order.spec["tasks"].append({**order.spec["tasks"][0], **CHOICE, "name": "choice"})
    found = {value["metric"]: value for value in values(order.run())}
    assert 2 < found["bits_per_byte"]["value"] < 12
    assert found["bits_per_byte"]["stderr"] > 0
    assert found["byte_perplexity"]["value"] == pytest.approx(2 ** found["bits_per_byte"]["value"])
    assert 0 <= found["acc"]["value"] <= 1


@pytest.mark.slow
def test_it_gives_equal_values_after_a_kill(bench: Bench, seq2seq: Published, undisturbed: Ended) -> None:
    """80 samples are three pieces; the kill comes after the first."""
    order = bench.evaluate(seq2seq.reference, TRANSLATION)
    killed = order.run(end_with=signal.SIGKILL, when=lambda event: bool(event.get("done")))
    assert (killed.code, killed.result) == (-signal.SIGKILL, None)
    assert list(order.folder.glob("answers/*/*.json"))
    assert values(order.run()) == values(undisturbed)


def test_it_refuses_weights_that_could_run_code(bench: Bench) -> None:
    bench.api.create_repo("engineer/pickled")
    files = {"config.json": b'{"model_type": "t5"}', "pytorch_model.bin": b"\x80\x02}q\x00."}
    operations = [CommitOperationAdd(path, content) for path, content in files.items()]
    commit = bench.api.create_commit("engineer/pickled", operations, commit_message="Pickle")
    ended = bench.evaluate({"id": "engineer/pickled", "commit": commit.oid}, TRANSLATION).run()
    assert (ended.code, ended.result) == (1, None)
    assert ended.error
    assert ended.error["code"] == "bad-input"
    assert "pytorch_model.bin" in ended.error["message"]
    assert "model.safetensors" in ended.error["message"]


def test_it_refuses_to_model_language_with_an_encoder_decoder(bench: Bench, seq2seq: Published) -> None:
    ended = bench.evaluate(seq2seq.reference, MODELLING, limit=2).run()
    assert ended.error
    assert "encoder-decoder" in ended.error["message"]


def test_it_does_not_let_a_prompt_reach_the_program(bench: Bench, seq2seq: Published) -> None:
    task = {**TRANSLATION, "prompt": "{{ source.__class__.__mro__ }}"}
    ended = bench.evaluate(seq2seq.reference, task, limit=2).run()
    assert ended.error
    assert ended.error["code"] == "bad-input"
    assert "a prompt may not use" in ended.error["message"]
