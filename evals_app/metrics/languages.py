"""How texts of a language fall into words, for metrics that count words."""

from __future__ import annotations

import re

# Scripts written without spaces between words: Han, kana, Thai, Lao, Myanmar, Khmer, Tibetan.
_WITHOUT_SPACES = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0002fa1f"
)
_WORDS = re.compile(rf"[{_WITHOUT_SPACES}]|[^\W_{_WITHOUT_SPACES}]+")


def primary(language: str | None) -> str:
    """`zh` for `zh-Hans` or `zh_CN`; empty for no language."""
    return re.split(r"[-_]", language or "")[0].lower()


def bleu_tokenizer(language: str | None) -> str:
    """sacreBLEU's tokenizer for a target language, of those that need no download.

    The default splits at spaces and gives 0 for Chinese; scripts without spaces are compared
    character by character.
    """
    code = primary(language)
    if code == "zh":
        return "zh"
    return "char" if code in {"ja", "th", "lo", "my", "km", "bo"} else "13a"


def words(text: str) -> list[str]:
    """Words in lower case for any script; characters where a script has no spaces.

    Own rule, because the one of `rouge_score` drops all but a-z and 0-9, accented letters included.
    """
    return _WORDS.findall(text.lower())
