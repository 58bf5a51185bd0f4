"""What follows from events of repositories."""

from __future__ import annotations

from evals_app.catalog import services as catalog
from evals_app.catalog import suite_services as suites
from evals_app.claims import services as claims
from evals_app.jobs import services as jobs
from evals_app.leaderboards import services as leaderboards
from evals_app.runs import services as runs
from evals_app.schedules import events as schedules
from hub.activity import selectors as activity
from hub.activity import services as feed
from hub.activity.models import Event
from hub.core.errors import RepositoryNotFound
from models_app.repositories import access
from models_app.repositories.models import Repository


def index_for_event(event_id: int) -> None:
    """A commit landed in a data set: its benchmark, if it is one, and the boards follow."""
    repository = _repository_of(activity.get_event(event_id))
    if repository is None:
        return
    suites.index_suite(repository)
    _index_benchmark(repository)


def _index_benchmark(repository: Repository) -> None:
    benchmark = catalog.index_benchmark(repository)
    if benchmark is not None:
        leaderboards.refresh_for_benchmark(benchmark)
        claims.match_again(benchmark)


def import_claims(event_id: int) -> None:
    """A commit landed in a model: what its card says is read again."""
    repository = _repository_of(activity.get_event(event_id))
    if repository is not None:
        claims.import_claims(repository)


def set_off_schedules(event_id: int) -> None:
    """A commit landed: schedules that wait for it become due."""
    event = activity.get_event(event_id)
    repository = _repository_of(event)
    if event is not None and repository is not None:
        schedules.on_commit(repository, str(event.data.get("branch") or ""))


def follow_visibility(event_id: int) -> None:
    """A repository became private: nothing that names it stays public. What its declaration may say of
    held-out items changes with it, too."""
    repository = _repository_of(activity.get_event(event_id))
    if repository is None:
        return
    if catalog.is_benchmark(repository):
        _index_benchmark(repository)
    if repository.is_private:
        feed.hide("repository", [str(repository.pk)])
        runs.hide_runs_of(jobs.hide_jobs_about(repository.type, repository.full_id))


def follow_repository(event_id: int) -> None:
    """Boards follow a model or benchmark that was deleted, hidden, shown, shut or opened."""
    event = activity.get_event(event_id)
    if event is not None:
        repository = _repository_of(event)
        leaderboards.follow_repository(repository.pk if repository else None)


def _repository_of(event: Event | None) -> Repository | None:
    """None when the event or the repository is gone since."""
    if event is None or event.thing_kind != "repository":
        return None
    try:
        return access.get_repository_numbered(int(event.thing_id))
    except RepositoryNotFound:
        return None
