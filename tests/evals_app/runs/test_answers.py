"""Answers of a run, a page at a time."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.test import Client

from evals_app.runs import answers, services
from evals_app.runs.models import Run
from hub.core.errors import InvalidInput, NotFound
from models_app.repositories import access
from tests.factories.accounts import actor_for, make_user
from tests.factories.jobs import BENCHMARK_YAML, evaluation_result, make_benchmark, make_evaluation
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db

MATCHED = BENCHMARK_YAML.replace("{name: bleu, primary: true}, chrf", "{name: exact_match, primary: true}")


def kept(primary: str = "exact_match") -> bytes:
    sink = io.BytesIO()
    count = 23
    pq.write_table(
        pa.table(
            {
                "sample": list(range(count)),
                "prompt": [f"Prompt {n}" for n in range(count)],
                "prompt_hash": ["0" * 64] * count,
                "references": [[f"Right {n}", "or so"] for n in range(count)],
                "response": [f"<b>Said {n}</b>" for n in range(count)],
                primary: [float(n < 3) for n in range(count)],
                f"{primary}_statistics": [[1.0]] * count,
                "endings": [["failed"]] * count,
            }
        ),
        sink,
    )
    return sink.getvalue()


@pytest.fixture
def run() -> Run:
    alice = make_user("alice")
    make_benchmark(alice, text=MATCHED)
    job = make_evaluation(alice)
    repository = make_repository(alice, "m-evaluations", "dataset", files={"runs/x.parquet": kept()})
    repository.refresh_from_db()
    result = evaluation_result()
    result["tasks"][0]["values"] = [{"metric": "exact_match", "value": 3 / 23, "stderr": None}]
    result["tasks"][0]["samples"]["commit"] = repository.head
    result["model"] = {"id": "alice/m", "commit": "0" * 40, "architecture": "t5", "chat_template_hash": None}
    [recorded] = services.record(job, result)
    return recorded


def test_it_shows_answers_with_what_they_were_compared_with(run: Run, client: Client) -> None:
    page = client.get(f"/runs/{run.pk}/samples").content.decode()
    assert "&lt;b&gt;Said 0&lt;/b&gt;" in page
    assert "Right 0" in page
    assert "exact_match 1" in page
    assert "failed" in page
    assert "_statistics" not in page
    assert "23 answers" in page
    assert "Prompt 10" in client.get(f"/runs/{run.pk}/samples?page=2").content.decode()


def test_it_sends_only_the_part_that_htmx_asks_for(run: Run, client: Client) -> None:
    part = client.get(f"/runs/{run.pk}/samples", headers={"HX-Request": "true"}).content.decode()
    assert part.startswith('<div id="answers">')
    assert "<html" not in part


def test_it_tells_right_from_wrong(run: Run) -> None:
    actor = actor_for(make_user("bob"))
    right = answers.page_of(actor, run, show="right")
    wrong = answers.page_of(actor, run, show="wrong", offset=15, length=10)
    assert [answer.number for answer in right.answers] == [0, 1, 2]
    assert (wrong.total, [answer.number for answer in wrong.answers]) == (20, [18, 19, 20, 21, 22])
    with pytest.raises(InvalidInput):
        answers.page_of(actor, run, show="odd")


def test_it_does_not_show_answers_that_became_private(run: Run, client: Client) -> None:
    repository = access.get_repository_named("dataset", "alice/m-evaluations")
    type(repository).objects.filter(pk=repository.pk).update(visibility="private")
    page = client.get(f"/runs/{run.pk}/samples")
    assert page.status_code == 200
    assert "Said 0" not in page.content.decode()
    with pytest.raises(NotFound):
        answers.page_of(actor_for(make_user("eve")), run)


def test_it_keeps_what_was_loaded(run: Run, client: Client) -> None:
    assert run.provenance == {"architecture": "t5", "chat_template_hash": None}
    assert "architecture" in client.get(f"/runs/{run.pk}").content.decode()
