"""Sample values for the living style page: enough of each shape to see every component at work."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace

from django import forms
from django.core.paginator import Paginator
from django.utils.translation import gettext as _

from hub.core import clock


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str = "#"
    current: bool = False
    count: int | None = None
    icon: str = ""


class SampleForm(forms.Form):
    """Shown bound, so that errors can be seen."""

    model = forms.CharField(label="Model", help_text="namespace/name on this hub.")
    tasks = forms.ChoiceField(label="Task", choices=[("en-fr", "en-fr"), ("en-zh", "en-zh")])
    limit = forms.IntegerField(label="Samples", required=False)
    private = forms.BooleanField(label="Only members see it", required=False)


def context() -> dict[str, object]:
    steps = range(0, 201, 10)
    return {
        "form": SampleForm({"model": "", "tasks": "en-fr", "private": "on"}),
        "page": Paginator(range(300), 30).get_page(5),
        "repositories": [repository("model"), repository("dataset")],
        "tabs": [
            Tab("Card", current=True),
            Tab("Files", count=12, icon="file"),
            Tab("Discussions", count=1320),
        ],
        "crumbs": [Tab("acme"), Tab("t5-small"), Tab("config.json", url="")],
        "jobs": [SimpleNamespace(state=s, get_state_display=s.title()) for s in JOB_STATES],
        "chunks": [SimpleNamespace(text="step 10  loss 2.131\nstep 20  loss 1.904\n")],
        "series": [
            ("loss", [(s, 2.4 * math.exp(-s / 90) + 0.4) for s in steps]),
            ("eval loss", [(s, 2.4 * math.exp(-s / 110) + 0.5 + 0.02 * (s % 3)) for s in steps]),
        ],
        "days": [(f"11-{day:02}", (day * 37) % 90) for day in range(1, 24)],
        "scores": [
            ("acme/t5-base", 31.24, 0.42),
            ("acme/t5-small", 27.9, 0.51),
            ("acme/t5-init", 1.132, 0.09),
        ],
        "file": DIFF,
        "an_hour_ago": clock.now() - timedelta(hours=1),
        "empty_text": _("Upload the first one with the command line client."),
        "colours": COLOURS,
    }


def repository(type_: str) -> SimpleNamespace:
    return SimpleNamespace(
        type=type_,
        full_id="acme/t5-small-en-fr",
        summary="A small encoder-decoder that translates documentation.",
        task="translation",
        parameters=60_500_000,
        licence="apache-2.0",
        updated_at=clock.now() - timedelta(days=2),
        downloads=12_345,
        likes=7,
        is_private=type_ == "dataset",
        get_absolute_url="#",
    )


JOB_STATES = ("queued", "running", "succeeded", "failed", "cancelled")
COLOURS = [
    *(
        "bg",
        "surface",
        "sunken",
        "line",
        "line-strong",
        "text",
        "muted",
        "accent",
        "accent-soft",
        "good",
        "good-soft",
    ),
    *("warn", "warn-soft", "bad", "bad-soft", "series-1", "series-2", "series-3", "series-4"),
]
DIFF = SimpleNamespace(
    path="README.md", old_path="README.md", additions=1, deletions=1, is_binary=False,
    lines=[
        SimpleNamespace(kind="hunk", old=None, new=None, text="@@ -1,3 +1,3 @@"),
        SimpleNamespace(kind="context", old=1, new=1, text="---"),
        SimpleNamespace(kind="removed", old=2, new=None, text="license: mit"),
        SimpleNamespace(kind="added", old=None, new=2, text="license: apache-2.0"),
    ],
)  # fmt: skip
