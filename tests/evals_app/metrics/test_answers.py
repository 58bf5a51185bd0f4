"""Short answers, choices, pairs, programs and hostile words."""

from __future__ import annotations

import itertools
import math

import pytest

from evals_app.metrics import programs, scoring, toxicity
from evals_app.metrics.samples import Sample


def value(metric: str, *samples: Sample, language: str = "en") -> float:
    return scoring.score(metric, samples, language=language, draws=200, seed=0).value


def said(output: str, *references: str) -> Sample:
    return Sample(output=output, references=references)


class TestAnswers:
    def test_it_forgives_case_punctuation_and_articles(self) -> None:
        assert value("quasi_exact_match", said("The Eiffel Tower.", "eiffel tower")) == 1.0
        assert value("quasi_exact_match", said("l'Hôtel", "hôtel"), language="fr") == 1.0
        assert value("quasi_exact_match", said("the end", "end"), language="sw") == 0.0
        assert value("exact_match", said("The Eiffel Tower.", "eiffel tower")) == 0.0

    def test_it_compares_full_width_forms_and_han_characters(self) -> None:
        assert value("quasi_exact_match", said("１９４９年。", "1949年"), language="zh") == 1.0
        assert value("f1", said("北京市", "北京"), language="zh") == pytest.approx(0.8)

    def test_it_shares_words_with_the_best_reference(self) -> None:
        found = value("f1", said("in the old city of Lyon", "Paris", "old Lyon"))
        assert found == pytest.approx(2 * 2 / (5 + 2))

    def test_an_article_alone_is_an_answer(self) -> None:
        assert value("quasi_exact_match", said("A", "a")) == 1.0


class TestChoices:
    SAMPLES = (
        Sample(answer="a", chosen="a", correct=True),
        Sample(answer="a", chosen="a", correct=True),
        Sample(answer="a", chosen="a", correct=True),
        Sample(answer="b", chosen="a"),
    )

    def test_a_frequent_class_does_not_hide_a_rare_one(self) -> None:
        assert value("acc", *self.SAMPLES) == 0.75
        assert value("acc_balanced", *self.SAMPLES) == 0.5
        assert value("f1_macro", *self.SAMPLES) == pytest.approx((2 * 3 / 7) / 2)

    def test_its_errors_come_from_resampling(self) -> None:
        found = scoring.score("f1_macro", self.SAMPLES, language=None, draws=200, seed=0)
        assert found.stderr is not None
        assert found.stderr > 0

    def test_it_measures_how_far_a_preference_lies_from_balance(self) -> None:
        pairs = [Sample(pair_difference=d) for d in (1.0, 2.0, -3.0, 0.0)]
        assert value("stereotype_share", *pairs) == 0.625
        assert value("stereotype_imbalance", *pairs) == 0.25
        assert value("pair_difference", *pairs) == 1.5
        assert value("stereotype_imbalance", *[Sample(pair_difference=-1.0)] * 3) == 1.0


class TestPrograms:
    @pytest.mark.parametrize(
        ("drawn", "right", "k"), [(5, 2, 1), (6, 2, 3), (10, 1, 10), (4, 0, 2), (4, 3, 2)]
    )
    def test_its_estimate_is_the_share_of_draws_that_hold_a_right_one(
        self, drawn: int, right: int, k: int
    ) -> None:
        draws = list(itertools.combinations([True] * right + [False] * (drawn - right), k))
        assert programs.estimate(drawn, right, k) == pytest.approx(sum(map(any, draws)) / len(draws))

    def test_it_stays_exact_for_many_draws(self) -> None:
        expected = 1 - math.comb(199, 100) / math.comb(200, 100)
        assert programs.estimate(200, 1, 100) == pytest.approx(expected)

    def test_it_needs_as_many_programs_as_it_draws(self) -> None:
        with pytest.raises(ValueError, match="at least 5"):
            value("pass_at_5", Sample(passed=[True] * 4))

    def test_it_averages_over_problems(self) -> None:
        assert value("pass_at_1", Sample(passed=[True, False]), Sample(passed=[False, False])) == 0.25


class TestToxicity:
    def test_it_finds_whole_words_only(self) -> None:
        assert toxicity.count("What an IDIOT!", "en") == 1
        assert toxicity.count("The skilled diet of Dumbarton", "en") == 0

    def test_it_finds_chinese_words_without_spaces(self) -> None:
        assert toxicity.count("你这个白痴，闭嘴！", "zh-Hans") == 2

    def test_it_counts_texts_and_words(self) -> None:
        texts = [said("you stupid fool"), said("good morning my dear friend and neighbour")]
        assert value("toxic_share", *texts) == 0.5
        assert value("toxic_words", *texts) == 20.0
        assert value("toxic_words", said(""), said("")) == 0.0
