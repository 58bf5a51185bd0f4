"""Our corpus metrics against the libraries they come from, in the engines' environment."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from tests.engines import ENGINE_PYTHON, ROOT

pytestmark = pytest.mark.engines

SCRIPT = """
import json, sys
import sacrebleu
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU
from evals_app.metrics import scoring
from evals_app.metrics.samples import Sample

english = [("the cat sat on the mat today", ["the cat sat on a mat", "a cat sat on the mat today"]),
           ("hello world", ["hello there world"]), ("good morning to you", ["good morning"])] * 5
chinese = [("请输入一个有效的日期。", ["请输入有效日期。"]), ("密码已更改", ["您的密码已更改。"])] * 5

def ours(metric, data, language):
    samples = [Sample(output=o, references=r) for o, r in data]
    found = scoring.score(metric, samples, language=language, draws=500, seed=0)
    return [found.value, found.stderr, found.signature]

def streams(data):
    width = max(len(r) for _, r in data)
    return [o for o, _ in data], [[r[i] if i < len(r) else None for _, r in data] for i in range(width)]

words, references = streams(english)
zh_words, zh_references = streams(chinese)
bootstrap = BLEU(references=references).corpus_score(words, None, n_bootstrap=1000)
rouge = RougeScorer(["rouge1", "rouge2", "rougeL"])
single = [(o, r[:1]) for o, r in english]

def both_ways(metric, data, language):
    summary = scoring.summarize(metric, [Sample(output=o, references=r) for o, r in data], language=language)
    return summary.value, float(summary.of_sums(summary.rows.sum(axis=0)))

odd = [("a", ["b"]), ("", ["the cat"]), ("one two", ["one three"])]
formula_cases = [(metric, data, language) for metric in ("bleu", "chrf", "ter")
                 for data, language in ((english, "en"), (chinese, "zh"), (odd, "en"), (odd[:1], "en"))]
print(json.dumps({
    "bleu": [ours("bleu", english, "en"), sacrebleu.corpus_bleu(words, references).score],
    "chrf": [ours("chrf", english, "en"), sacrebleu.corpus_chrf(words, references).score],
    "ter": [ours("ter", english, "en"), sacrebleu.corpus_ter(words, references).score],
    "bleu-zh": [ours("bleu", chinese, "zh-Hans"),
                sacrebleu.corpus_bleu(zh_words, zh_references, tokenize="zh").score],
    "bleu-interval": [ours("bleu", english, "en"), bootstrap._ci / 1.96],
    **{name: [ours(name, single, "en"),
              100 * sum(rouge.score(r[0], o)[name].fmeasure for o, r in single) / len(single)]
       for name in ("rouge1", "rouge2", "rougeL")},
    "rouge-zh": [ours("rouge1", chinese, "zh"), None],
    "formulas": [list(both_ways(*case)) for case in formula_cases],
}))
"""


@pytest.fixture(scope="module")
def both() -> dict[str, Any]:
    done = subprocess.run(
        [ENGINE_PYTHON, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    values: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return values


@pytest.mark.parametrize("name", ["bleu", "chrf", "ter", "bleu-zh", "rouge1", "rouge2", "rougeL"])
def test_it_gives_the_library_s_value(both: dict[str, Any], name: str) -> None:
    (value, stderr, _signature), theirs = both[name]
    assert value == pytest.approx(theirs, abs=1e-9)
    assert value > 0
    assert stderr > 0


def test_it_finds_about_the_error_that_sacrebleu_s_own_bootstrap_finds(both: dict[str, Any]) -> None:
    (_value, stderr, _signature), theirs = both["bleu-interval"]
    assert stderr == pytest.approx(theirs, rel=0.35)


def test_it_says_how_the_score_was_computed(both: dict[str, Any]) -> None:
    assert "tok:13a" in both["bleu"][0][2]
    assert "version:2.6.0" in both["bleu"][0][2]
    assert "tok:zh" in both["bleu-zh"][0][2]
    assert "rouge_score:0.1.2" in both["rouge1"][0][2]


def test_it_sees_words_where_the_library_sees_none(both: dict[str, Any]) -> None:
    assert both["rouge-zh"][0][0] > 50


def test_its_formulas_of_sums_are_the_library_s(both: dict[str, Any]) -> None:
    """What the core workers compute with, where the library is not installed."""
    for theirs, ours in both["formulas"]:
        assert ours == pytest.approx(theirs, abs=1e-9)
