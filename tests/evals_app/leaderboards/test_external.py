"""Models behind other addresses beside those of the hub: where they may stand, and what is said of them."""

from __future__ import annotations

import csv
import io
import json

import pyarrow.parquet as pq
import pytest
from django.test import Client

from evals_app.leaderboards import comparing, selectors, services
from evals_app.leaderboards.models import Leaderboard
from evals_app.runs.models import Run
from hub.accounts.actors import ANONYMOUS
from hub.accounts.models import User
from hub.core.errors import NotFound
from tests.factories.accounts import actor_for, make_user
from tests.factories.boards import measured_run

pytestmark = pytest.mark.django_db

BOARD = "/leaderboards/alice-questions-questions"
GOOD, FAIR, WEAK = [1.0] * 80 + [0.0] * 20, [1.0] * 68 + [0.0] * 32, [1.0] * 30 + [0.0] * 70


@pytest.fixture
def alice() -> User:
    return make_user("alice")


@pytest.fixture
def judged(alice: User) -> list[Run]:
    """A model here, one behind an address of the same name, and a third."""
    return [
        measured_run(alice, "judge", FAIR),
        measured_run(alice, "judge", GOOD, api="completions"),
        measured_run(alice, "weak", WEAK),
    ]


def names(actor: object = ANONYMOUS) -> list[str]:
    board = Leaderboard.objects.get()
    return [entry.run.entrant for entry in selectors.entries_of(board, actor)]  # type: ignore[arg-type]


def test_it_ranks_beside_a_model_of_the_same_name(judged: list[Run]) -> None:
    assert names() == ["external:alice/judge", "alice/judge", "alice/weak"]


def test_a_chat_api_stands_only_among_those_that_were_asked_by_a_template(
    alice: User, judged: list[Run]
) -> None:
    measured_run(alice, "talker", GOOD, api="chat")
    assert "external:alice/talker" not in names()
    (left,) = selectors.left_out_of(Leaderboard.objects.get())
    assert (left.run.model_name, left.reason, left.recipe) == (
        "alice/talker",
        "other-recipe",
        "chat template",
    )
    for number in range(4):
        measured_run(alice, f"chatty{number}", GOOD, settings={"chat_template": True})
    assert "external:alice/talker" in names()
    assert "external:alice/judge" not in names()


def test_alone_it_has_a_board(alice: User) -> None:
    measured_run(alice, "talker", GOOD, api="chat")
    assert names() == ["external:alice/talker"]


def test_a_private_run_is_on_no_public_board(alice: User, judged: list[Run]) -> None:
    Run.objects.filter(pk=judged[1].pk).update(is_private=True)
    assert names() == ["alice/judge", "alice/weak"]
    assert "external:alice/judge" in names(actor_for(alice))
    services.refresh(Leaderboard.objects.get())
    assert "external:alice/judge" not in names(actor_for(alice))
    with pytest.raises(NotFound):
        comparing.models_named(ANONYMOUS, ["external:alice/judge"])


def test_its_line_says_what_is_known(client: Client, judged: list[Run]) -> None:
    page = client.get(BOARD).text
    assert 'value="external:alice/judge"' in page
    assert "External" in page
    assert "alice/weak" not in client.get(f"{BOARD}?external=yes").text.partition("</table>")[0]
    assert "external:" not in client.get(f"{BOARD}?external=no").text.partition("</table>")[0]
    assert "External" in client.get("/leaderboards").text
    assert "rank 1" in client.get(f"{BOARD}/badge.svg?model=external:alice/judge").text
    charts = client.get(f"{BOARD}/charts").text
    assert "alice/weak" in charts
    assert str(judged[1].pk) not in charts


def test_every_export_marks_it(client: Client, judged: list[Run]) -> None:
    streamed = {kind: b"".join(client.get(f"{BOARD}/export.{kind}")) for kind in ("csv", "json", "parquet")}
    first = next(csv.DictReader(io.StringIO(streamed["csv"].decode())))
    listed = json.loads(streamed["json"])
    table = pq.read_table(io.BytesIO(streamed["parquet"])).to_pylist()
    assert (first["model"], first["external"], first["parameters"]) == ("alice/judge", "True", "")
    assert [row["external"] for row in listed] == [row["external"] for row in table] == [True, False, False]
    assert (listed[0]["precision"], listed[0]["state"]) == ("", "measured")
    assert client.get("/api/v1" + BOARD).json()["entries"][0]["external"] is True
    assert (
        client.get("/api/datasets/alice/questions/leaderboard").json()[0]["modelId"] == "external:alice/judge"
    )


def test_it_is_compared_sample_by_sample(client: Client, alice: User, judged: list[Run]) -> None:
    address = "/compare?model=alice/judge&model=external:alice/judge&model=alice/weak"
    comparing.compute([judged[0].pk, judged[1].pk])
    told = client.get("/api/v1" + address).json()
    row = next(row for row in told["rows"] if row["metric"] == "exact_match")
    assert [(one["model"], one["external"]) for one in row["models"]][1] == ("external:alice/judge", True)
    assert row["models"][1]["method"] == "mcnemar"
    assert "12 samples differ" in client.get(address).text


def test_one_that_withdraws_was_not_deleted(alice: User, judged: list[Run]) -> None:
    for number in range(4):
        measured_run(alice, f"chatty{number}", GOOD, settings={"chat_template": True})
    change = selectors.changes_of(Leaderboard.objects.get()).filter(run=judged[1], kind="withdrawn").get()
    assert (change.model_name, change.reason) == ("alice/judge", "recipe-changed")
