"""Every ready benchmark of the demo: the printed command, the harness by hand and the libraries agree."""

from __future__ import annotations

import io
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from huggingface_hub import CommitOperationAdd

from evals_app.catalog import reader
from evals_app.engines.evaluate import declared as declarations
from evals_app.engines.evaluate import prompts
from evals_app.engines.workplace import Reference
from evals_app.runs import reproduce
from hub.site.demo import content, corpora, sets
from hub.site.demo.content import _written
from tests.engines import ENGINE_PYTHON, ROOT, Ended
from tests.evals_app.engines.conftest import Bench, Published
from tests.evals_app.engines.test_evaluate import values

pytestmark = [pytest.mark.engines, pytest.mark.slow]

LIMIT = 12
# The harness's own model class, its own task form and its own metrics, without a line of ours; and the
# libraries on the texts that were kept.
BY_HAND = """
import json, sys
import pyarrow.parquet as pq
from datasets import Dataset
from lm_eval import simple_evaluate
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks import TaskManager
folder, path, raw = sys.argv[1:]
task, rows = json.loads(raw), pq.read_table(path).to_pylist()
lm = HFLM(pretrained=folder, dtype="float32", device="cpu", batch_size=4)
columns = {"prompt": [r["prompt"] for r in rows], "target": [(r["references"] or [""])[0] for r in rows]}
config = {"task": "t", "test_split": "test", "target_delimiter": task["delimiter"], "doc_to_text": "prompt"}
found = {}
if task["kind"] == "language-modelling":
    config |= {"output_type": "loglikelihood_rolling", "doc_to_text": "", "doc_to_target": "target",
               "metric_list": [{"metric": f"{unit}_perplexity"} for unit in ("byte", "word")]}
    config["metric_list"].append({"metric": "bits_per_byte"})
elif task["choices"]:
    columns["choices"] = [r["references"] for r in rows]
    columns["answer"] = task["answers"]
    config |= {"output_type": "multiple_choice", "doc_to_choice": "choices", "doc_to_target": "answer",
               "metric_list": [{"metric": "acc"}, {"metric": "acc_norm"}]}
else:
    kwargs = {"until": task["stop"], "do_sample": False, "max_gen_toks": task["length"]}
    config |= {"output_type": "generate_until", "doc_to_target": "target",
               "metric_list": [{"metric": "bypass"}], "generation_kwargs": kwargs}
data = Dataset.from_dict(columns)
config["custom_dataset"] = lambda **_: {"test": data}
if not task["draws"]:
    report = simple_evaluate(model=lm, tasks=[config], task_manager=TaskManager(include_defaults=False),
                             num_fewshot=0, bootstrap_iters=0, log_samples=True)
    found = {k.split(",")[0]: v for k, v in report["results"]["t"].items() if isinstance(v, float)}
    said = [s["filtered_resps"][0] for s in sorted(report["samples"]["t"], key=lambda s: s["doc_id"])]
    if config["output_type"] == "generate_until":
        found["same_texts"] = [str(text).strip() for text in said] == [r["response"] for r in rows]
        import sacrebleu
        from rouge_score.rouge_scorer import RougeScorer
        outputs = [r["response"] for r in rows]
        references = [columns["target"]] if columns["target"][0] else None
        if references:
            found["bleu"] = sacrebleu.corpus_bleu(outputs, references, tokenize=task["tokenizer"]).score
            found["chrf"] = sacrebleu.corpus_chrf(outputs, references).score
            if task["tokenizer"] == "13a":
                found["ter"] = sacrebleu.corpus_ter(outputs, references).score
            ascii_only = all((o + r).isascii() for o, r in zip(outputs, references[0]))
            scorer = RougeScorer(["rouge1", "rouge2", "rougeL"])
            for name in ("rouge1", "rouge2", "rougeL") if ascii_only else ():
                each = [scorer.score(r, o)[name].fmeasure for o, r in zip(outputs, references[0])]
                found[name] = 100 * sum(each) / len(each)
print(json.dumps(found))
"""


@dataclass(frozen=True)
class Ready:
    declaration: str
    files: dict[str, bytes]
    id: str


def small(corpus: content.Corpus) -> Ready:
    rows = corpora.split(corpus.rows(), test=LIMIT, validation=1)["test"]
    return Ready(
        corpus.benchmark.declaration,
        {"data/test.parquet": content._parquet(corpus, rows)},
        corpus.benchmark_id,
    )


def every() -> list[Any]:
    texts = [pytest.param(lambda c=corpus: small(c), id=corpus.benchmark_id) for corpus in content.CORPORA]
    own = [
        Ready(s.declaration, {p: _written(pa.Table.from_pylist(r)) for p, r in s.rows.items()}, s.full_id)
        for s in sets.READY
        if s.rows
    ]
    return texts + [pytest.param(lambda r=ready: r, id=ready.id) for ready in own]


@pytest.mark.parametrize("make", every())
def test_the_printed_command_and_the_harness_by_hand_give_the_same_numbers(
    make: Any, bench: Bench, causal: Published, tmp_path: Path
) -> None:
    ready = make()
    name = f"engineer/{ready.id.partition('/')[2]}"
    bench.api.create_repo(name, repo_type="dataset", exist_ok=True)
    operations = [CommitOperationAdd(path, data) for path, data in ready.files.items()]
    commit = bench.api.create_commit(name, operations, commit_message="Data", repo_type="dataset").oid
    order = bench.evaluate(causal.reference, {}, limit=LIMIT)
    order.spec["benchmark"] = {"id": name, "commit": commit, "version": "1"}
    order.spec["tasks"] = reader.parse(ready.declaration).as_json()["tasks"]
    measured = order.run()
    assert values(again(bench, order.spec, tmp_path)) == values(measured)
    assert measured.result
    for task, told in zip(order.spec["tasks"], measured.result["tasks"], strict=True):
        numbers = {value["metric"]: value["value"] for value in told["values"]}
        for metric, value in by_hand(bench, causal, task, told, ready.files).items():
            assert metric != "same_texts" or value is True
            if metric in numbers:
                assert numbers[metric] == pytest.approx(value, rel=1e-12, abs=1e-12), metric


def again(bench: Bench, spec: dict[str, Any], folder: Path) -> Ended:
    """As the printed command does: the engine as one file, the order, nothing uploaded."""
    (folder / "evaluate.pyz").write_bytes(reproduce.engine_archive())
    work = folder / "work"
    work.mkdir()
    (work / "spec.json").write_text(json.dumps({**spec, "samples_repository": ""}))
    environment = {"PATH": os.environ["PATH"], "HF_ENDPOINT": bench.hub.url, "HF_TOKEN": bench.token}
    environment |= {"HF_HOME": str(folder / "hf"), "OMP_NUM_THREADS": "1", "HOME": str(folder)}
    command = [ENGINE_PYTHON, "evaluate.pyz", "evaluate", str(work)]
    subprocess.run(command, cwd=folder, env=environment, check=True, timeout=150, capture_output=True)
    return Ended(0, json.loads((work / "result.json").read_text()), None, [], "")


def by_hand(
    bench: Bench, causal: Published, task: dict[str, Any], told: dict[str, Any], files: dict[str, bytes]
) -> dict[str, Any]:
    place = told["samples"]
    path = bench.api.hf_hub_download(
        place["repository"], place["path"], repo_type="dataset", revision=place["commit"]
    )
    folder = bench.api.snapshot_download(causal.reference["id"], revision=causal.reference["commit"])
    decoding = task["decoding"] or {"max_new_tokens": 0, "stop": [], "samples": 1}
    wanted = {
        "kind": task["kind"],
        "delimiter": task["delimiter"],
        "choices": bool(task["choices"]),
        "answers": answers_of(task, files),
        "stop": decoding["stop"],
        "length": decoding["max_new_tokens"],
        "draws": decoding["samples"] > 1,
        "tokenizer": "zh" if task["target_language"].startswith("zh") else "13a",
    }
    done = subprocess.run(
        [ENGINE_PYTHON, "-c", BY_HAND, folder, path, json.dumps(wanted)],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=150,
        env={"PATH": os.environ["PATH"], "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "HOME": str(ROOT)},
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def answers_of(task: dict[str, Any], files: dict[str, bytes]) -> list[int]:
    """The right choices, from the data; a pair has none."""
    rows = pq.read_table(io.BytesIO(files[task["data"]["file"]])).to_pylist()[:LIMIT]
    if not task["choices"] or not task["target"]:
        return [0] * len(rows)
    declared = declarations.read(task, Reference("a/b", "0" * 40), "1")
    return [question.answer for question in prompts.questions(declared, rows, [])]
