"""A commit landed in a data set: its benchmark, if it is one, and the boards follow."""

from __future__ import annotations

from evals_app.catalog import services as catalog
from evals_app.leaderboards import services as leaderboards
from hub.activity import selectors as activity
from models_app.repositories.models import Repository, RepositoryType


def index_for_event(event_id: int) -> None:
    event = activity.get_event(event_id)
    if event is None or event.thing_kind != "repository":
        return
    repository = (
        Repository.objects.select_related("namespace")
        .filter(pk=event.thing_id, type=RepositoryType.DATASET)
        .first()
    )
    benchmark = catalog.index_benchmark(repository) if repository else None
    if benchmark is not None:
        leaderboards.refresh_for_benchmark(benchmark)
