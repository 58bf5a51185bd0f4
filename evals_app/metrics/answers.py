"""Short answers compared with the right ones: by equality and by the words they share."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence

from evals_app.metrics import languages
from evals_app.metrics.samples import Sample, Summary, mean

# Articles say nothing about whether an answer is right. Languages that are not listed keep every word.
ARTICLES: dict[str, frozenset[str]] = {
    "en": frozenset({"a", "an", "the"}),
    "fr": frozenset({"le", "la", "les", "l", "un", "une", "des", "du"}),
    "de": frozenset({"der", "die", "das", "den", "dem", "des", "ein", "eine", "einen", "einem", "einer"}),
    "es": frozenset({"el", "la", "los", "las", "un", "una", "unos", "unas"}),
    "it": frozenset({"il", "lo", "la", "i", "gli", "le", "l", "un", "uno", "una"}),
    "pt": frozenset({"o", "a", "os", "as", "um", "uma", "uns", "umas"}),
}


def exact_match(samples: Sequence[Sample], _language: str | None) -> Summary:
    """Equality, white space aside: for answers that are numbers, codes or names."""
    matches = [_plain(s.output) in {_plain(reference) for reference in s.references} for s in samples]
    return mean([float(match) for match in matches], "exact_match|case:mixed|space:normalized")


def quasi_exact_match(samples: Sequence[Sample], language: str | None) -> Summary:
    return mean([_best(s, language, _equal) for s in samples], _signature("quasi_exact_match", language))


def f1(samples: Sequence[Sample], language: str | None) -> Summary:
    return mean([_best(s, language, _overlap) for s in samples], _signature("f1", language))


def normal_words(text: str, language: str | None) -> list[str]:
    """Words in lower case without punctuation and articles; characters where a script has no spaces."""
    articles = ARTICLES.get(languages.primary(language), frozenset())
    words = languages.words(unicodedata.normalize("NFKC", text))
    return [word for word in words if word not in articles] or words


def _plain(text: str) -> str:
    return " ".join(text.split())


def _best(sample: Sample, language: str | None, compare: Callable[[list[str], list[str]], float]) -> float:
    said = normal_words(sample.output, language)
    return max((compare(said, normal_words(right, language)) for right in sample.references), default=0.0)


def _equal(said: list[str], right: list[str]) -> float:
    return float(said == right)


def _overlap(said: list[str], right: list[str]) -> float:
    """Harmonic mean of precision and recall over words; two empty answers agree."""
    if not said or not right:
        return float(said == right)
    shared = sum((Counter(said) & Counter(right)).values())
    return 2 * shared / (len(said) + len(right))


def _signature(name: str, language: str | None) -> str:
    articles = languages.primary(language) if languages.primary(language) in ARTICLES else "kept"
    return f"{name}|case:lc|form:nfkc|tok:unicode-words|articles:{articles}|refs:best"
