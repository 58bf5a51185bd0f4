"""Ranks that do not pretend."""

from __future__ import annotations

from evals_app.metrics.ranking import Score, interval, rank


def ranks(*scores: Score, higher_is_better: bool = True) -> list[tuple[int, int]]:
    return [(place.index, place.rank) for place in rank(scores, higher_is_better=higher_is_better)]


def test_it_orders_by_direction() -> None:
    scores = Score(1.0, 0.1), Score(3.0, 0.1), Score(2.0, 0.1)
    assert ranks(*scores) == [(1, 1), (2, 2), (0, 3)]
    assert ranks(*scores, higher_is_better=False) == [(0, 1), (2, 2), (1, 3)]


def test_it_shares_a_rank_where_noise_explains_the_difference() -> None:
    assert ranks(Score(30.0, 1.0), Score(28.0, 1.0), Score(20.0, 1.0)) == [(0, 1), (1, 1), (2, 3)]


def test_it_compares_with_the_leader_and_not_along_a_chain() -> None:
    chain = [Score(30.0 - 2 * step, 1.0) for step in range(4)]
    assert [rank for _, rank in ranks(*chain)] == [1, 1, 3, 3]


def test_it_ties_equal_values_and_separates_none_whose_error_is_not_known() -> None:
    assert ranks(Score(2.0, 0.0), Score(2.0, 0.0), Score(1.9, 0.0)) == [(0, 1), (1, 1), (2, 3)]
    assert ranks(Score(2.0), Score(1.0, 0.1)) == [(0, 1), (1, 1)]


def test_it_asks_more_of_a_difference_among_many() -> None:
    """Two standard errors are enough for two models, and not for the best of thirty."""
    pair = [Score(2.3 * 2**0.5, 1.0), Score(0.0, 1.0)]
    assert ranks(*pair) == [(0, 1), (1, 2)]
    assert {rank for _, rank in ranks(pair[0], *[pair[1]] * 29)} == {1}


def test_it_takes_paired_tests_where_there_are_some() -> None:
    scores = [Score(30.0, 5.0), Score(29.0, 5.0)]
    places = rank(scores, higher_is_better=True, against=lambda _leader, others: [0.001 for _ in others])
    assert [(place.rank, place.p_value) for place in places] == [(1, 1.0), (2, 1.0)]


def test_it_bears_an_empty_board() -> None:
    assert rank([], higher_is_better=True) == []


def test_its_interval_is_the_95_percent_one() -> None:
    assert interval(Score(10.0, 1.0)) == (8.04, 11.96)
    assert interval(Score(10.0)) is None
