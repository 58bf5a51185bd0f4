"""Kinds of tasks beside translation, and models beside plain ones, as a client of a running hub."""

from __future__ import annotations

import io
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from huggingface_hub import CommitOperationAdd

from tests.engines import ENGINE_PYTHON, Ended
from tests.evals_app.engines.conftest import Bench, Published
from tests.evals_app.engines.test_evaluate import values

pytestmark = [pytest.mark.engines, pytest.mark.slow]

PAIRS = {
    "kind": "bias",
    "choices": ["{{source[:24]}}", "{{target[:24]}}"],
    "metrics": [{"name": "stereotype_imbalance"}, {"name": "stereotype_share"}, {"name": "pair_difference"}],
}
TOPICS = {
    "kind": "classification",
    "prompt": "{{source}}\nLong or short:",
    "choices": [" long", " short"],
    "target": "{{ 0 if source|length > 20 else 1 }}",
    "metrics": [{"name": "acc"}, {"name": "acc_balanced"}, {"name": "f1_macro"}],
}
INSULTS = {
    "kind": "toxicity",
    "prompt": "{{source}}",
    "metrics": [{"name": "toxic_share"}, {"name": "toxic_words"}],
    "decoding": {"max_new_tokens": 6, "stop": []},
}
ANSWERS = {
    "kind": "question-answering",
    "prompt": "{{source}}",
    "delimiter": " ",
    "target": "{{target}}",
    "target_language": "fr",
    "metrics": [{"name": "f1"}, {"name": "quasi_exact_match"}],
    "decoding": {"max_new_tokens": 6, "stop": ["\n"]},
}
TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")
# A judge and an adapter of the model in the first folder, written to the second.
MAKE = """
import sys
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer
import torch
torch.manual_seed(0)
base, output, what = sys.argv[1:]
tokenizer = AutoTokenizer.from_pretrained(base)
if what == "judge":
    labels = {"id2label": {0: "bad", 1: "good"}, "label2id": {"bad": 0, "good": 1}}
    model = AutoModelForSequenceClassification.from_pretrained(base, num_labels=2, pad_token_id=0, **labels)
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    model.config.pad_token_id = tokenizer.pad_token_id
    model.save_pretrained(output)
    tokenizer.save_pretrained(output)
else:
    config = LoraConfig(r=4, target_modules="all-linear", task_type="CAUSAL_LM", init_lora_weights=False)
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(base), config)
    model.peft_config["default"].base_model_name_or_path = "engineer/undisturbed-causal"
    model.save_pretrained(output)
"""


@dataclass(frozen=True)
class Made:
    bench: Bench
    causal: Published
    folder: Path

    def make(self, what: str) -> dict[str, str]:
        base = self.bench.api.snapshot_download(self.causal.reference["id"], local_dir=self.folder / "base")
        output = self.folder / what
        subprocess.run([ENGINE_PYTHON, "-c", MAKE, base, str(output), what], check=True, timeout=120)
        name = f"engineer/{what}"
        self.bench.api.create_repo(name, exist_ok=True)
        info = self.bench.api.upload_folder(repo_id=name, folder_path=output)
        return {"id": name, "commit": info.oid}


@pytest.fixture(scope="module")
def made(bench: Bench, causal: Published, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(bench, causal, tmp_path_factory.mktemp("made"))


def table(bench: Bench, ended: Ended, number: int = 0) -> list[dict[str, Any]]:
    assert ended.result, ended.log
    place = ended.result["tasks"][number]["samples"]
    path = bench.api.hf_hub_download(
        place["repository"], place["path"], repo_type="dataset", revision=place["commit"]
    )
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return rows


def tasks(bench: Bench, model: dict[str, str], *every: dict[str, Any], limit: int = 8, **spec: Any) -> Any:
    order = bench.evaluate(model, every[0], limit=limit, **spec)
    first = order.spec["tasks"][0]
    shared = {key: first[key] for key in ("version", "data")}
    order.spec["tasks"] = [{**shared, **task, "name": f"task-{n}"} for n, task in enumerate(every)]
    return order


def test_it_measures_every_kind_and_keeps_what_belongs_to_it(bench: Bench, causal: Published) -> None:
    ended = tasks(bench, causal.reference, PAIRS, TOPICS, INSULTS, ANSWERS).run()
    found = {value["metric"]: value["value"] for value in values(ended)}
    rows = table(bench, ended)
    preferred = sum(row["difference"] > 0 for row in rows) / len(rows)
    assert found["stereotype_share"] == preferred
    assert found["stereotype_imbalance"] == abs(2 * preferred - 1)
    assert all(len(row["choice_log_likelihoods"]) == 2 for row in rows)
    assert 0 <= found["acc_balanced"] <= 1
    assert found["toxic_share"] == 0
    model = ended.result["model"]  # type: ignore[index]
    assert model["tokenizer"]["commit"] == causal.reference["commit"]
    assert len(model["tokenizer"]["hash"]) == 64
    assert model["chat_template_hash"] is None


def test_likelihoods_resume_to_the_same_numbers_after_a_kill(bench: Bench, causal: Published) -> None:
    undisturbed = tasks(bench, causal.reference, PAIRS, TOPICS, limit=80).run()
    order = tasks(bench, causal.reference, PAIRS, TOPICS, limit=80)
    killed = order.run(end_with=signal.SIGKILL, when=lambda event: bool(event.get("done")))
    assert killed.result is None
    assert values(order.run()) == values(undisturbed)


def test_it_measures_an_adapter_with_the_tokenizer_of_its_base(made: Made, causal: Published) -> None:
    adapter = made.make("adapter")
    ended = tasks(made.bench, adapter, TOPICS, ANSWERS, base_model=causal.reference).run()
    plain = tasks(made.bench, causal.reference, TOPICS, ANSWERS).run()
    assert ended.result, ended.log
    assert ended.result["model"]["base_model"] == causal.reference
    assert ended.result["model"]["tokenizer"]["id"] == causal.reference["id"]
    assert (
        table(made.bench, ended)[0]["choice_log_likelihoods"]
        != table(made.bench, plain)[0]["choice_log_likelihoods"]
    )


def test_a_model_of_the_hub_judges_what_was_written(made: Made, causal: Published) -> None:
    judge = made.make("judge")
    learned = {
        "name": "fluency",
        "higher_is_better": True,
        "unit": "",
        "model": {**judge, "reads": "output", "label": "good"},
    }
    ended = tasks(made.bench, causal.reference, {**ANSWERS, "metrics": [learned, {"name": "f1"}]}).run()
    [fluency, _f1] = values(ended)
    rows = table(made.bench, ended)
    assert 0 < fluency["value"] < 1
    assert fluency["value"] == pytest.approx(sum(row["fluency"] for row in rows) / len(rows))
    assert judge["commit"][:12] in fluency["signature"]


def test_prompts_go_through_the_template_of_the_tokenizer(bench: Bench, causal: Published) -> None:
    refused = tasks(bench, causal.reference, ANSWERS, settings={"chat_template": True}).run()
    assert refused.error
    assert "has no chat template" in refused.error["message"]
    template = b"{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}<assistant>"
    commit = bench.api.create_commit(
        causal.reference["id"], [CommitOperationAdd("chat_template.jinja", template)], commit_message="Chat"
    )
    chatty = {**causal.reference, "commit": commit.oid}
    asked = tasks(bench, chatty, ANSWERS, settings={"chat_template": True}).run()
    assert asked.result, asked.log
    assert len(asked.result["model"]["chat_template_hash"]) == 64


def test_it_refuses_a_model_without_tokenizer(bench: Bench, causal: Published) -> None:
    operations: list[Any] = []
    folder = Path(bench.api.snapshot_download(causal.reference["id"], revision=causal.reference["commit"]))
    operations = [CommitOperationAdd(n, folder / n) for n in ("config.json", "model.safetensors")]
    bench.api.create_repo("engineer/mute")
    commit = bench.api.create_commit("engineer/mute", operations, commit_message="No tokenizer")
    ended = tasks(bench, {"id": "engineer/mute", "commit": commit.oid}, ANSWERS).run()
    assert ended.error
    assert ended.error["code"] == "bad-input"
    assert "save_pretrained writes (tokenizer.json" in ended.error["message"]


def test_it_says_where_vllm_is_missing(bench: Bench, causal: Published) -> None:
    ended = tasks(bench, causal.reference, ANSWERS, settings={"backend": "vllm"}).run()
    assert ended.error
    assert ended.error["code"] == "cannot-start"
    assert "vLLM is not installed on this worker" in ended.error["message"]


def test_examples_come_from_the_declared_file(bench: Bench, causal: Published) -> None:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"source": ["Marker"], "target": ["Balise"]}), buffer)
    commit = bench.api.create_commit(
        bench.dataset["id"],
        [CommitOperationAdd("data/shots.parquet", buffer.getvalue())],
        commit_message="Shots",
        repo_type="dataset",
        revision="main",
    )
    task = {
        **ANSWERS,
        "few_shot": 1,
        "data": {"file": "data/test.parquet", "few_shot_file": "data/shots.parquet"},
    }
    order = bench.evaluate(causal.reference, task, limit=2)
    order.spec["benchmark"]["commit"] = commit.oid
    rows = table(bench, order.run())
    assert rows[0]["prompt"].startswith("Marker Balise\n\n")


def test_it_refuses_a_choice_that_the_model_cannot_see_whole(bench: Bench, causal: Published) -> None:
    long = {**PAIRS, "choices": ["{{source * 20}}", "{{target}}"]}
    ended = tasks(bench, causal.reference, long).run()
    assert ended.error
    assert "a choice is longer than the 64 tokens" in ended.error["message"]
