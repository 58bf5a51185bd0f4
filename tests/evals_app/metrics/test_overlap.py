"""Items that stand in other texts, and those that do not."""

from __future__ import annotations

import random

import pytest

from evals_app.metrics.overlap import Index, words

VOCABULARY = [f"word{n}" for n in range(3_000)]


def sentence(source: random.Random, length: int) -> str:
    return " ".join(source.choices(VOCABULARY, k=length))


@pytest.mark.parametrize("percent", [1, 10, 50, 100])
def test_it_finds_what_was_planted_and_nothing_else(percent: int) -> None:
    source = random.Random(percent)
    items = [sentence(source, source.randint(6, 60)) for _ in range(1_000)]
    planted = set(source.sample(range(1_000), percent * 10))
    index = Index([item] for item in items)
    for _ in range(300):
        index.read(sentence(source, 200))
    for number in planted:
        # Inside longer texts, printed differently.
        index.read(f"{sentence(source, 30)}. {items[number].upper()}! {sentence(source, 30)}")
    assert set(index.overlap().found) == planted


def test_it_finds_items_that_were_changed_a_little_and_not_those_changed_much() -> None:
    source = random.Random(0)
    texts = sentence(source, 100).split()
    index = Index([[" ".join(texts)]])
    index.read(" ".join([*texts[:90], *sentence(source, 10).split()]))
    assert index.overlap().found == [0]
    index = Index([[" ".join(texts)]])
    index.read(" ".join([*texts[:50], *sentence(source, 50).split()]))
    assert index.overlap().found == []


def test_it_knows_scripts_without_spaces() -> None:
    assert words("Ｈello, 世界!") == ["hello", "世", "界"]
    index = Index([["今天的天气非常好，我们一起去公园散步吧。"], ["这句话从来没有在训练数据里出现过。"]])
    index.read("他说：今天的天气非常好,我们一起去公园散步吧!然后走了。")
    assert index.overlap().found == [0]


def test_it_says_which_items_are_too_short_to_tell() -> None:
    index = Index([["Yes."], ["OK", "please read the manual before use"], []])
    index.read("Yes. OK. Please read the manual before use")
    overlap = index.overlap()
    assert overlap.shares == [None, 1.0, None]
    assert (overlap.found, overlap.short) == ([1], 2)


def test_texts_do_not_run_into_each_other() -> None:
    index = Index([["one two three four five six seven eight nine ten"]])
    index.read("one two three four five")
    index.read("six seven eight nine ten")
    assert index.overlap().found == []


def test_nothing_to_look_for_is_found_nowhere() -> None:
    index = Index([])
    index.read("some text or other that is long enough to be looked at")
    assert index.overlap().found == []
