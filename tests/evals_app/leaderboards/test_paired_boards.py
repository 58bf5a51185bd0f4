"""Boards whose models answered the same questions; boards that people make; what leaves a trace."""

from __future__ import annotations

import pytest

from evals_app.leaderboards import comparing, making, selectors, services
from evals_app.leaderboards.making import BoardWish, ColumnWish
from evals_app.leaderboards.models import Leaderboard, LeaderboardChange, PairedScore
from evals_app.runs.models import Run, SampleScores
from hub.accounts.actors import ANONYMOUS
from hub.accounts.models import User
from hub.core.errors import InvalidInput, NotFound, PermissionRefused
from models_app.repositories import services as repositories
from models_app.repositories.models import Repository
from tests.factories.accounts import actor_for, make_user
from tests.factories.boards import measured_run

pytestmark = pytest.mark.django_db

BOARD = "alice-questions-questions"
GOOD, FAIR = [1.0] * 80 + [0.0] * 20, [1.0] * 68 + [0.0] * 32


@pytest.fixture
def alice() -> User:
    return make_user("alice")


@pytest.fixture
def nested(alice: User) -> list[Run]:
    """The fair model is right only where the good one is: on independent samples the gap of 12 of 100
    would be noise."""
    return [measured_run(alice, "good", GOOD), measured_run(alice, "fair", FAIR)]


def ranks(slug: str = BOARD) -> dict[str, int | None]:
    return {entry.run.model_name: entry.rank for entry in selectors.entries_of(selectors.board(slug))}


def test_the_same_samples_separate_what_standard_errors_would_not(nested: list[Run]) -> None:
    assert ranks() == {"alice/good": 1, "alice/fair": 2}
    assert PairedScore.objects.get().method == "mcnemar"


def test_answers_to_other_questions_are_not_paired(alice: User) -> None:
    measured_run(alice, "good", GOOD)
    measured_run(alice, "fair", FAIR, questions="other")
    assert ranks() == {"alice/good": 1, "alice/fair": 1}


def test_statistics_that_do_not_give_the_recorded_value_are_not_kept(alice: User, nested: list[Run]) -> None:
    assert SampleScores.objects.filter(run=nested[0]).count() == 2
    run = nested[0]
    SampleScores.objects.filter(run=run).delete()
    run.values.filter(metric="chrf").update(value=1.0)
    services.refresh_for_run(run.pk)
    services.catch_up()
    assert [scores.metric for scores in SampleScores.objects.filter(run=run)] == ["exact_match"]


def test_the_interval_is_the_bootstraps_and_cells_have_their_own(nested: list[Run]) -> None:
    entry = selectors.entries_of(selectors.board(BOARD))[0]
    assert entry.low is not None
    assert entry.high is not None
    assert (entry.low, entry.high) == pytest.approx((0.71, 0.87), abs=0.02)
    assert sorted(cell.value for cell in entry.cells.all()) == pytest.approx([0.8, 86.0])


def test_it_says_how_small_a_gap_it_can_show(nested: list[Run]) -> None:
    findings = selectors.board(BOARD).findings
    assert findings["is_paired"] is True
    assert 0.08 < findings["smallest_gap"] <= findings["smallest_gap_here"] < 0.2


def test_another_recipe_stands_below_the_table_and_not_in_it(alice: User, nested: list[Run]) -> None:
    measured_run(alice, "half", GOOD, settings={"dtype": "float16"})
    board = selectors.board(BOARD)
    assert "alice/half" not in ranks()
    (left_out,) = selectors.left_out_of(board)
    assert (left_out.run.model_name, left_out.reason, left_out.recipe) == (
        "alice/half",
        "other-recipe",
        "16-bit",
    )


def test_a_deleted_model_leaves_a_line(alice: User, nested: list[Run]) -> None:
    model = nested[1].model
    assert model is not None
    repositories.delete(actor_for(alice), model)
    services.follow_repository(None)
    assert ranks() == {"alice/good": 1}
    change = selectors.changes_of(selectors.board(BOARD))[0]
    assert (change.model_name, change.kind, change.reason) == ("alice/fair", "withdrawn", "model-deleted")


def test_a_hidden_model_leaves_a_line_that_only_its_owners_read(alice: User, nested: list[Run]) -> None:
    model = nested[1].model
    assert model is not None
    repositories.update_settings(actor_for(alice), model, visibility="private")
    services.follow_repository(model.pk)
    board = selectors.board(BOARD)
    assert {change.model_name for change in selectors.changes_of(board)} == {"alice/good"}
    assert "model-private" in {change.reason for change in selectors.changes_of(board, actor_for(alice))}
    repositories.delete(actor_for(alice), Repository.objects.get(pk=model.pk))
    assert {change.model_name for change in selectors.changes_of(board)} == {"alice/good"}


def test_a_refresh_without_news_writes_no_change(nested: list[Run]) -> None:
    before = LeaderboardChange.objects.count()
    services.refresh(selectors.board(BOARD))
    assert LeaderboardChange.objects.count() == before == 2


def wish(**changes: object) -> BoardWish:
    columns = [ColumnWish("alice/questions", "questions", name) for name in ("exact_match", "chrf")]
    return BoardWish(**{"title": "Mine", "columns": columns, "has_aggregate": True, **changes})  # type: ignore[arg-type]


def test_people_make_boards_ranked_by_a_mean(alice: User, nested: list[Run]) -> None:
    made = making.create(actor_for(alice), "alice", wish())
    services.refresh(made)
    entries = list(selectors.entries_of(selectors.board(made.slug)))
    assert [(e.run.model_name, e.rank) for e in entries] == [("alice/good", 1), ("alice/fair", 2)]
    assert entries[0].value == pytest.approx((80 + 86) / 2)
    assert entries[0].low is not None


def test_boards_of_one_title_have_addresses_of_their_own(alice: User, nested: list[Run]) -> None:
    assert len({making.create(actor_for(alice), "alice", wish()).slug for _ in range(3)}) == 3


def test_a_model_that_lacks_a_column_has_no_mean(alice: User, nested: list[Run]) -> None:
    made = making.create(actor_for(alice), "alice", wish())
    nested[1].values.filter(metric="chrf").delete()
    services.refresh(made)
    last = list(selectors.entries_of(made))[-1]
    assert (last.run.model_name, last.rank, last.value) == ("alice/fair", None, None)


def test_a_board_of_members_is_theirs_and_shows_what_is_private(alice: User, nested: list[Run]) -> None:
    model = nested[1].model
    assert model is not None
    repositories.update_settings(actor_for(alice), model, visibility="private")
    made = making.create(actor_for(alice), "alice", wish(visibility="organization"))
    services.refresh(made)
    with pytest.raises(NotFound):
        selectors.board(made.slug, actor_for(make_user("bob")))
    entries = selectors.entries_of(selectors.board(made.slug, actor_for(alice)), actor_for(alice))
    assert {entry.run.model_name for entry in entries} == {"alice/good", "alice/fair"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": ""}, "title"),
        ({"columns": []}, "columns"),
        ({"columns": [ColumnWish("alice/questions", "questions", "bleu")]}, "no metric bleu"),
        ({"columns": [ColumnWish("alice/questions", "questions", "chrf", weight=-1)]}, "weight"),
        ({"columns": [ColumnWish("alice/nothing", "questions", "chrf")]}, "nothing"),
    ],
)
def test_it_refuses_what_is_no_board(
    alice: User, nested: list[Run], changes: dict[str, object], words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        making.create(actor_for(alice), "alice", wish(**changes))


def test_strangers_make_no_boards_for_others_and_nobody_changes_the_hubs_own(
    alice: User, nested: list[Run]
) -> None:
    bob = actor_for(make_user("bob"))
    with pytest.raises(PermissionRefused):
        making.create(bob, "alice", wish())
    with pytest.raises(PermissionRefused):
        making.update(actor_for(alice), Leaderboard.objects.get(slug=BOARD), wish())


def test_a_comparison_is_computed_by_a_worker_once(
    alice: User, nested: list[Run], django_capture_on_commit_callbacks: object
) -> None:
    models = comparing.models_named(ANONYMOUS, ["alice/good", "alice/fair"])
    waiting = comparing.compare(ANONYMOUS, models)
    assert waiting.is_pending
    comparing.compute([nested[0].pk, nested[1].pk])
    rows = {row.metric: row.tests[1] for row in comparing.compare(ANONYMOUS, models).rows}
    exact = rows["exact_match"]
    assert exact is not None
    assert exact.difference == pytest.approx(0.12)
    assert exact.method == "mcnemar"
    assert exact.p_value == pytest.approx(2 * 0.5**12)
    assert exact.corrected == pytest.approx(4 * 0.5**12)
    assert exact.low is not None
    assert exact.high is not None
    assert 0.05 < exact.low < 0.12 < exact.high < 0.2
    turned = comparing.compare(ANONYMOUS, models[::-1]).rows[0].tests[1]
    assert turned is not None
    assert turned.difference == pytest.approx(-0.12)
    assert turned.low is not None
    assert turned.low < turned.difference


def test_every_pair_is_compared_and_corrected_for_the_pairs(alice: User, nested: list[Run]) -> None:
    third = measured_run(alice, "weak", [1.0] * 30 + [0.0] * 70)
    names = ["alice/good", "alice/fair", "alice/weak"]
    models = comparing.models_named(ANONYMOUS, names)
    for pair in ((nested[0], nested[1]), (nested[0], third), (nested[1], third)):
        comparing.compute([run.pk for run in pair])
    held_against = comparing.compare(ANONYMOUS, models, comparing.place_of(models, "alice/fair"))
    row = next(row for row in held_against.rows if row.metric == "exact_match")
    assert [test and round(test.difference, 2) for test in row.tests] == [-0.12, None, 0.38]
    found = comparing.matrix(row)
    assert found.tests == 3
    assert not found.is_pending
    lines = [[test and round(test.difference, 2) for test in line] for line in found.lines]
    assert lines == [[None, 0.12, 0.5], [-0.12, None, 0.38], [-0.5, -0.38, None]]
    closest, turned = found.lines[0][1], found.lines[1][0]
    assert closest is not None
    assert turned is not None
    # The largest of three p-values is corrected by nothing, the others by two and by three.
    assert closest.corrected == closest.p_value == turned.corrected == pytest.approx(2 * 0.5**12)
    assert (turned.low, turned.high) == (-(closest.high or 0), -(closest.low or 0))
    with pytest.raises(InvalidInput):
        comparing.place_of(models, "alice/none")


def test_a_comparison_shows_nothing_of_a_private_model(alice: User, nested: list[Run]) -> None:
    model = nested[1].model
    assert model is not None
    repositories.update_settings(actor_for(alice), model, visibility="private")
    with pytest.raises(NotFound):
        comparing.models_named(ANONYMOUS, ["alice/good", "alice/fair"])


def test_sample_gaps_are_found_where_one_model_is_better(nested: list[Run]) -> None:
    one, other = (run.values.get(metric="exact_match") for run in nested)
    gaps = comparing.sample_gaps(one, other, "first")
    assert gaps is not None
    assert [gap.index for gap in gaps] == list(range(68, 80))
    assert comparing.sample_gaps(one, other, "second") == []
