"""Keeps the rows of claims equal to what cards say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import transaction

from evals_app.catalog import selectors as catalog
from evals_app.catalog.models import Benchmark
from evals_app.claims import matching, verification
from evals_app.claims.models import Claim
from evals_app.runs import selectors as runs
from evals_app.runs.models import Run
from models_app.cards import claims as cards
from models_app.repositories.models import Repository, RepositoryType


@transaction.atomic
def import_claims(model: Repository) -> int:
    """Replace what was known of the card; returns how many claims it makes. Harmless when repeated."""
    if model.type != RepositoryType.MODEL:
        return 0
    found = cards.claims_of(model.card_data, model.file_facts.get("evaluations", []))
    benchmarks = catalog.benchmarks_named({claim.dataset for claim in found})
    Claim.objects.filter(model=model).delete()
    Claim.objects.bulk_create([_row(model, claim, benchmarks) for claim in found])
    return len(found)


def _row(model: Repository, claim: cards.Claim, benchmarks: Mapping[str, Benchmark]) -> Claim:
    row = Claim(
        model=model,
        commit=model.head,
        file=claim.file,
        source_url=claim.source_url,
        dataset=claim.dataset,
        task=claim.task,
        metric=claim.metric,
        text=claim.value,
        value=claim.number,
        run=_run_of(model, claim),
    )
    _match(row, claim, benchmarks.get(claim.dataset.lower()))
    return row


def _match(row: Claim, claim: cards.Claim, benchmark: Benchmark | None) -> None:
    version = catalog.current_version(benchmark) if benchmark else None
    found = matching.match(claim, version.declaration["tasks"]) if version else None
    if found is None:
        row.benchmark, row.matched_task, row.matched_metric, row.scaled = None, "", "", None
    else:
        row.benchmark, row.scaled = benchmark, found.scaled
        row.matched_task, row.matched_metric = found.task, found.metric


def _run_of(model: Repository, claim: cards.Claim) -> Run | None:
    """Our own measurement, if the entry says of it what it was."""
    run_id = verification.run_named(claim.source_url)
    run = runs.find_run(run_id) if run_id is not None else None
    if run is None:
        return None
    is_ours = verification.says_it(
        run, model, dataset=claim.dataset, task=claim.task, revision=claim.revision, value=claim.number
    )
    return run if is_ours else None


@transaction.atomic
def match_again(benchmark: Benchmark) -> None:
    """A benchmark came, or its tasks changed: what cards said of it before."""
    rows = list(Claim.objects.filter(dataset__iexact=benchmark.repository.full_id))
    for row in rows:
        given = cards.Claim(row.dataset, row.task, row.metric, row.text, row.value, row.file)
        _match(row, given, benchmark)
    _save(rows)


def _save(rows: Iterable[Claim]) -> None:
    Claim.objects.bulk_update(rows, ["benchmark", "matched_task", "matched_metric", "scaled"], batch_size=500)
