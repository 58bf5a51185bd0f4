"""Pages of leaderboards, comparisons and metrics, with models that answered the same questions."""

from __future__ import annotations

import csv
import io
import json
from xml.etree import ElementTree as ET

import pyarrow.parquet as pq
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evals_app.catalog.models import Benchmark
from evals_app.leaderboards import comparing
from evals_app.leaderboards import services as leaderboards
from evals_app.leaderboards.models import Leaderboard
from evals_app.metrics import explained
from evals_app.metrics.catalogue import METRICS
from evals_app.runs.models import Run
from hub.accounts.models import User
from models_app.repositories import services as repositories
from tests.factories.accounts import actor_for, make_user
from tests.factories.boards import measured_run

pytestmark = pytest.mark.django_db

BOARD = "/leaderboards/alice-questions-questions"
ATOM = "{http://www.w3.org/2005/Atom}"
COMPARE = "/compare?model=alice/good&model=alice/fair"
GOOD, FAIR = [1.0] * 80 + [0.0] * 20, [1.0] * 68 + [0.0] * 32


@pytest.fixture
def alice() -> User:
    return make_user("alice")


@pytest.fixture
def two(alice: User) -> list[Run]:
    return [measured_run(alice, "good", GOOD), measured_run(alice, "fair", FAIR, private_samples=True)]


def text(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, answer.content.decode()[:500]
    return b"".join(answer).decode() if answer.streaming else answer.content.decode()


def test_a_board_shows_columns_intervals_and_how_sharp_it_is(client: Client, two: list[Run]) -> None:
    page = text(client, BOARD)
    assert page.index("alice/good") < page.index("alice/fair")
    assert 'href="/metrics/exact-match"' in page
    assert 'href="/metrics/chrf"' in page
    assert "Smallest gap" in page
    assert "on the same samples" in page


def test_a_board_costs_as_many_queries_for_many_models(client: Client, alice: User, two: list[Run]) -> None:
    with CaptureQueriesContext(connection) as few:
        text(client, BOARD)
    for number in range(4):
        measured_run(alice, f"more{number}", [1.0] * (40 + number) + [0.0] * (60 - number))
    with CaptureQueriesContext(connection) as many:
        text(client, BOARD)
    assert len(many) == len(few)


def test_it_sorts_by_a_column_and_filters(client: Client, two: list[Run]) -> None:
    column = Leaderboard.objects.get().columns.get(metric="chrf")
    assert "alice/good" in text(client, f"{BOARD}?sort={column.pk}")
    assert "No model fits the filter" in text(client, f"{BOARD}?licence=none")
    assert "alice/good" in text(client, f"{BOARD}?precision=float32&organization=alice&sort=measured")


def test_charts_draw_what_is_known_and_say_what_is_not(client: Client, two: list[Run]) -> None:
    page = text(client, f"{BOARD}/charts")
    assert "Pareto front" in page
    assert "Not measured for any model" in page
    assert "alice/fair" in page


def test_changes_are_told_on_a_page_and_as_feeds(client: Client, alice: User, two: list[Run]) -> None:
    assert two[1].model is not None
    repositories.delete(actor_for(alice), two[1].model)
    leaderboards.follow_repository(None)
    assert "entry withdrawn on" in text(client, f"{BOARD}/changes")
    atom = ET.fromstring(text(client, f"{BOARD}/feed.atom"))
    titles = [
        entry.findtext("{http://www.w3.org/2005/Atom}title")
        for entry in atom.iter()
        if entry.tag.endswith("entry")
    ]
    assert titles[0] == "The entry of alice/fair was withdrawn: the model was deleted"
    feed = json.loads(text(client, f"{BOARD}/feed.json"))
    assert feed["items"][0]["_change"]["reason"] == "model-deleted"


def test_every_export_says_the_same_numbers(client: Client, two: list[Run]) -> None:
    rows = list(csv.DictReader(io.StringIO(text(client, f"{BOARD}/export.csv"))))
    listed = json.loads(text(client, f"{BOARD}/export.json"))
    table = pq.read_table(io.BytesIO(b"".join(client.get(f"{BOARD}/export.parquet")))).to_pylist()
    told = client.get("/api/v1" + BOARD).json()
    assert [row["model"] for row in rows] == ["alice/good", "alice/fair"]
    assert (
        float(rows[0]["value"])
        == listed[0]["value"]
        == table[0]["value"]
        == told["entries"][0]["value"]
        == 0.8
    )
    assert float(rows[1]["chrf.value"]) == table[1]["chrf.value"] == listed[1]["cells"]["chrf"]["value"]
    assert told["entries"][1] == listed[1]
    assert client.get(f"{BOARD}/export.xls").status_code == 404


@pytest.mark.parametrize("withheld", [False, True])
def test_every_export_marks_held_out_scores(client: Client, two: list[Run], withheld: bool) -> None:
    Benchmark.objects.update(is_held_out=withheld)
    row = next(csv.DictReader(io.StringIO(text(client, f"{BOARD}/export.csv"))))
    listed = json.loads(text(client, f"{BOARD}/export.json"))
    table = pq.read_table(io.BytesIO(b"".join(client.get(f"{BOARD}/export.parquet")))).to_pylist()
    told = client.get("/api/v1" + BOARD).json()["entries"]
    assert ("Items and answers are withheld" in text(client, f"{BOARD}/embed")) is withheld
    assert row["chrf.held_out"] == str(withheld)
    assert table[0]["exact_match.held_out"] is withheld
    assert listed[0]["cells"]["chrf"]["held_out"] is told[0]["cells"]["chrf"]["held_out"] is withheld


def test_a_badge_and_a_table_stand_on_other_sites(client: Client, two: list[Run]) -> None:
    assert "rank 1 · 0.800" in text(client, f"{BOARD}/badge.svg?model=alice/good")
    assert "not on the board" in text(client, f"{BOARD}/badge.svg?model=alice/none")
    answer = client.get(f"{BOARD}/embed")
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers
    assert "<script" not in answer.content.decode()


def test_a_person_makes_changes_and_deletes_a_board(client: Client, alice: User, two: list[Run]) -> None:
    client.force_login(alice)
    key = "alice/questions questions chrf"
    made = {"owner": "alice", "title": "Mine", "column": [key], f"weight {key}": "2", "visibility": "public"}
    answer = client.post("/leaderboards/new", made)
    assert answer.status_code == 302
    assert "Mine" in text(client, answer.url)
    assert 'value="2"' in text(client, f"{answer.url}/edit")
    refused = client.post(f"{answer.url}/edit", {**made, "column": []})
    assert refused.status_code == 400
    assert "Choose 1 to 40 columns" in refused.content.decode()
    assert client.post(f"{answer.url}/delete").status_code == 302
    assert text(client, answer.url, 404)


def test_a_comparison_waits_for_its_worker_and_then_tells(
    client: Client, alice: User, two: list[Run]
) -> None:
    assert "A worker compares the models" in text(client, COMPARE)
    comparing.compute([run.pk for run in two])
    page = text(client, COMPARE)
    assert "+0.12" in page
    assert "&lt; 0.001" in page
    assert "12 samples differ" in page
    # The samples of one model are private: scores are told, texts are not.
    assert "cannot be shown to you" in page
    client.force_login(alice)
    page = text(client, f"{COMPARE}&show=first")
    assert "answer 68" in page
    assert "no idea" in page
    assert "No sample differs" in text(client, f"{COMPARE}&show=second")
    told = client.get("/api/v1" + COMPARE).json()
    assert told["rows"][0]["models"][1]["method"] == "mcnemar"


def test_any_two_of_several_are_compared_sample_by_sample(
    client: Client, alice: User, two: list[Run]
) -> None:
    third = measured_run(alice, "weak", [1.0] * 30 + [0.0] * 70)
    address = f"{COMPARE}&model=alice/weak"
    assert "A worker compares the models" in text(client, address)
    for pair in ((0, 1), (0, 2), (1, 2)):
        comparing.compute([[*two, third][place].pk for place in pair])
    page = text(client, address)
    assert "3 pairs of this table" in page
    assert "12 samples differ" in page
    page = text(client, f"{address}&one=alice/weak&against=alice/fair")
    assert "38 samples differ" in page
    assert "alice/good minus the other" in page
    assert "alice/weak minus the other" in text(client, f"{address}&reference=alice/weak")
    told = client.get(f"/api/v1{address}&reference=alice/weak&pairs=true").json()
    assert (told["reference"], told["pending"]) == ("alice/weak", False)
    pairs = [(pair["first"], pair["second"]) for pair in told["rows"][0]["pairs"]]
    assert pairs == [("alice/good", "alice/fair"), ("alice/good", "alice/weak"), ("alice/fair", "alice/weak")]
    text(client, f"{address}&reference=alice/none", 400)


@pytest.mark.parametrize("names", ["model=alice/none&model=alice/fair", "model=alice/good&model=nonsense"])
def test_a_comparison_with_nothing_is_not_found(client: Client, two: list[Run], names: str) -> None:
    text(client, f"/compare?{names}", 404)


def test_the_ecosystems_client_reads_a_datasets_leaderboard(client: Client, two: list[Run]) -> None:
    rows = client.get("/api/datasets/alice/questions/leaderboard").json()
    assert [(row["rank"], row["modelId"], row["value"]) for row in rows] == [
        (1, "alice/good", 0.8),
        (2, "alice/fair", 0.68),
    ]
    assert rows[0]["author"]["type"] == "user"
    assert rows[0]["source"]["url"].startswith("http://testserver/runs/")
    good = two[0].model
    assert good is not None
    good.tag_rows.create(tag="base_model:alice/fair")
    roots = client.get("/api/datasets/alice/questions/leaderboard?base_model=true").json()
    assert [row["modelId"] for row in roots] == ["alice/fair"]
    missing = client.get("/api/datasets/alice/none/leaderboard")
    assert (missing.status_code, missing["X-Error-Code"]) == (401, "RepoNotFound")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("name", explained.PAGES)
def test_every_metric_is_explained_in_both_languages(client: Client, name: str, language: str) -> None:
    page = client.get(f"/metrics/{name}", headers={"Accept-Language": language}).content.decode()
    assert "<math" in page
    assert ("公式" in page) == (language == "zh-hans")


def test_every_metric_of_the_catalogue_has_its_page(client: Client) -> None:
    assert set(METRICS) == {metric for metrics in explained.PAGES.values() for metric in metrics}
    assert "BLEU" in text(client, "/metrics")
    assert "Holm" in text(client, "/leaderboards/method")
