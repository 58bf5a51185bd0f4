"""What the demo's repositories are called."""

from __future__ import annotations

# Data sets
FRENCH, CHINESE = "llmos/django-en-fr", "llmos/django-en-zh"
TEXTS, SUMMARIES = "llmos/python-docstrings", "riverlab/docstring-summaries"

# Benchmarks, each made of the test split of one of them
TO_FRENCH, TO_CHINESE = "llmos/translation-en-fr", "llmos/translation-en-zh"
DOCUMENTATION, FIRST_LINES = "llmos/documentation", "riverlab/first-lines"

# Ready benchmarks with texts of their own, and the suite of them
ANSWERS, PROGRAMS, CHOICES = "llmos/short-answers", "llmos/tiny-programs", "llmos/topics-and-modules"
STEREOTYPES, TONE, TOUR = "open-translation/stereotype-pairs", "riverlab/tone", "llmos/causal-tour"
# Private: its items are held out.
UNSEEN = "open-translation/unseen-idioms"

# Models
SMALL_FRENCH, TINY_FRENCH = "llmos/t5-small-en-fr", "open-translation/t5-tiny-en-fr"
SMALL_CHINESE = "open-translation/t5-small-en-zh"
SMALL_LLAMA, TINY_LLAMA = "llmos/llama-small-docstrings", "riverlab/llama-tiny-docstrings"
SUMMARIZER = "riverlab/t5-small-first-lines"
