"""What follows from events of repositories."""

from __future__ import annotations

from evals_app.catalog import services as catalog
from evals_app.jobs import services as jobs
from evals_app.leaderboards import services as leaderboards
from evals_app.runs import services as runs
from hub.activity import selectors as activity
from hub.activity import services as feed
from models_app.repositories.models import Repository, RepositoryType, Visibility


def index_for_event(event_id: int) -> None:
    """A commit landed in a data set: its benchmark, if it is one, and the boards follow."""
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


def follow_visibility(event_id: int) -> None:
    """A repository became private: nothing that names it stays public."""
    event = activity.get_event(event_id)
    if event is None or event.data.get("visibility") != Visibility.PRIVATE:
        return
    repository = Repository.objects.select_related("namespace").filter(pk=event.thing_id).first()
    if repository is not None and repository.is_private:
        feed.hide("repository", [str(repository.pk)])
        runs.hide_runs_of(jobs.hide_jobs_about(repository.type, repository.full_id))
