"""What the project promises about its own code."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver

from hub.celery import app
from tests.live import ROOT

CODE = [path for top in ("hub", "models_app", "evals_app", "walls") for path in (ROOT / top).rglob("*.py")]


@pytest.mark.django_db
def test_every_model_change_has_its_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_every_scheduled_task_exists() -> None:
    app.loader.import_default_modules()
    missing = {entry["task"] for entry in app.conf.beat_schedule.values()} - set(app.tasks)
    assert not missing


def test_every_task_named_in_code_exists() -> None:
    app.loader.import_default_modules()
    named = {
        name for path in CODE for name in re.findall(r'enqueue_after_commit\(\s*"([\w.]+)"', path.read_text())
    }
    assert named <= set(app.tasks)


def test_the_web_process_imports_no_deep_learning_library() -> None:
    script = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'\n"
        "import hub.wsgi, hub.urls\n"
        "heavy = {'torch', 'transformers', 'datasets', 'lm_eval', 'trl', 'peft'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_repositories_are_reached_only_through_their_room() -> None:
    """`Repository.objects` outside its room would go around the access door."""
    allowed = ROOT / "models_app" / "repositories"
    offenders = [
        str(path.relative_to(ROOT))
        for path in CODE
        if re.search(r"\bRepository\.objects\b", path.read_text()) and allowed not in path.parents
    ]
    assert not offenders


def first_words(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    for pattern in patterns:
        text = str(pattern.pattern)
        if not text and isinstance(pattern, URLResolver):
            yield from first_words(pattern.url_patterns)
        elif text and not text.startswith("<"):
            yield text.partition("/")[0]


def test_no_account_may_take_a_first_word_that_a_route_owns() -> None:
    from hub.accounts.names import RESERVED_WORDS

    words = {w for w in first_words(get_resolver().url_patterns) if re.fullmatch(r"[\w.-]+", w)}
    assert words - {word.lower() for word in RESERVED_WORDS} == set()


def test_templates_hold_no_inline_scripts_and_load_nothing_from_elsewhere() -> None:
    offenders = []
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text()
        if re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/(?:ld\+)?json)", text) or re.search(
            r"\son(?:click|change|submit|load)=", text
        ):
            offenders.append(str(path.relative_to(ROOT)))
        if re.search(r'(?:src|href)="(?:https?:)?//[^"]+\.(?:js|css|woff2?)"', text):
            offenders.append(f"{path.relative_to(ROOT)} (foreign)")
    assert not offenders


def test_no_file_has_outgrown_one_subject() -> None:
    long = [(str(p.relative_to(ROOT)), n) for p in CODE if (n := len(p.read_text().splitlines())) > 900]
    assert not long


def test_the_changelog_names_the_version() -> None:
    assert re.search(r"^## \S+", Path(ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


def test_the_program_that_checks_pushes_starts_without_django() -> None:
    script = (
        "import sys; sys.argv = ['x']\n"
        "import models_app.commits.pre_receive, models_app.cards.front_matter\n"
        "sys.exit(', '.join(sorted({'django', 'celery', 'hub'} & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
