"""Which papers a card cites, by their arXiv ids."""

from __future__ import annotations

import re

PAPER_ID = re.compile(r"\d{4}\.\d{4,5}", re.ASCII)
CITED = re.compile(
    r"(?:arxiv\.org/(?:abs|pdf|html)/|(?:huggingface\.co|hf\.co)/papers/|\barxiv:\s?)(\d{4}\.\d{4,5})(?!\d)",
    re.ASCII | re.IGNORECASE,
)
MAX_CITED = 50


def cited_in(text: str) -> list[str]:
    """Ids in the order of first mention, versions left out, at most MAX_CITED."""
    found: dict[str, None] = {}
    for match in CITED.finditer(text):
        found.setdefault(match.group(1))
        if len(found) == MAX_CITED:
            break
    return list(found)
