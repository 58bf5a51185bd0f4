"""What an engine says it is at, in the reader's language. Engines speak English and know no catalogue."""

from __future__ import annotations

import re
from collections.abc import Collection

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

# Each with the sentence that its words go into.
SENTENCES = [
    (re.compile(pattern), sentence)
    for pattern, sentence in (
        (r"Starting", gettext_noop("Starting")),
        (r"Loading the libraries", gettext_noop("Loading the libraries")),
        (r"Downloading the model", gettext_noop("Downloading the model")),
        (r"Reading the data set", gettext_noop("Reading the data set")),
        (r"Training the tokenizer", gettext_noop("Training the tokenizer")),
        (r"Uploading the model", gettext_noop("Uploading the model")),
        (r"Uploading the samples", gettext_noop("Uploading the samples")),
        (r"Uploading to this hub", gettext_noop("Uploading to this hub")),
        (
            r"Step (?P<step>\d+), about (?P<time>\d+) s left",
            gettext_noop("Step %(step)s, about %(time)s s left"),
        ),
        (
            r"Step (?P<step>\d+), about (?P<time>\d+) min left",
            gettext_noop("Step %(step)s, about %(time)s min left"),
        ),
        (r"Reading the data of (?P<task>.+)", gettext_noop("Reading the data of %(task)s")),
        (r"Running the programs of (?P<task>.+)", gettext_noop("Running the programs of %(task)s")),
        (r"Scoring (?P<task>.+)", gettext_noop("Scoring %(task)s")),
        (r"(?P<task>.+), (?P<done>\d+) of (?P<total>\d+)", gettext_noop("%(task)s, %(done)s of %(total)s")),
    )
]


def is_known(text: str, tasks: Collection[str]) -> bool:
    """Whether it is one of these sentences and names no task but the given ones."""
    found = (pattern.fullmatch(text) for pattern, _sentence in SENTENCES)
    return any(match and match.groupdict().get("task", "") in ("", *tasks) for match in found)


def in_words(text: str) -> str:
    """As it was said, where the sentence is none of the known ones."""
    for pattern, sentence in SENTENCES:
        if found := pattern.fullmatch(text):
            return _(sentence) % found.groupdict()
    return text
