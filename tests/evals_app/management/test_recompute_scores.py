"""Claims and states of what was there before they were kept."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command

from evals_app.claims.models import Claim
from evals_app.jobs import requests
from evals_app.jobs import services as jobs
from evals_app.runs import services as runs
from tests.factories.accounts import actor_for, make_user
from tests.factories.jobs import evaluation_request, evaluation_result, make_benchmark, make_evaluation
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db

CARD = """---
model-index:
- name: m
  results:
  - task: {type: translation}
    dataset: {type: alice/translation, name: Ours}
    metrics: [{type: bleu, value: 9}]
---
"""


def recompute() -> list[dict[str, int]]:
    out = StringIO()
    call_command("recompute_scores", "--json", stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_it_finds_what_was_never_looked_for_and_repeats_without_harm() -> None:
    alice, bob = make_user("alice"), make_user("bob")
    make_benchmark(alice)
    make_repository(alice, "m", files={"README.md": CARD, "config.json": "{}"})
    runs.record(make_evaluation(alice), evaluation_result())
    request = evaluation_request("bob", "alice/m", "alice/translation")
    runs.record(jobs.submit(actor_for(bob), requests.parse(request)), evaluation_result())
    assert not Claim.objects.exists()
    expected = [{"models": 1, "claims": 1}, {"reproduced": 2}]
    assert recompute() == expected
    assert recompute() == expected
    assert Claim.objects.get().matched_metric == "bleu"
