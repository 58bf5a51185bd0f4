"""Words and tokenizers by language."""

from __future__ import annotations

import pytest

from evals_app.metrics import languages


@pytest.mark.parametrize(
    ("language", "tokenizer"),
    [
        ("fr", "13a"),
        ("zh-Hans", "zh"),
        ("zh_CN", "zh"),
        ("ja", "char"),
        ("th", "char"),
        (None, "13a"),
        ("", "13a"),
    ],
)
def test_it_chooses_a_tokenizer_that_needs_no_download(language: str | None, tokenizer: str) -> None:
    assert languages.bleu_tokenizer(language) == tokenizer


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("L’été à Paris, 2024!", ["l", "été", "à", "paris", "2024"]),
        ("请输入有效日期。", ["请", "输", "入", "有", "效", "日", "期"]),
        ("使用 Python 语言", ["使", "用", "python", "语", "言"]),
        ("ответ_на вопрос", ["ответ", "на", "вопрос"]),
        ("…", []),
    ],
)
def test_it_finds_words_in_any_script(text: str, words: list[str]) -> None:
    assert languages.words(text) == words
