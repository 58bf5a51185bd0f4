"""Brings a measured score to the card of its model: a pull request with an entry below `.eval_results/`."""

from __future__ import annotations

from typing import Any

import yaml
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from evals_app.claims import matching
from evals_app.claims.models import Publication
from evals_app.runs import selectors as runs
from evals_app.runs.models import Run, ScoreState
from hub.accounts.actors import Actor
from hub.activity import services as activity
from hub.activity.things import Thing
from hub.core.errors import Conflict, InvalidInput, Unauthenticated
from models_app.cards import evaluations, front_matter
from models_app.commits.operations import AddFile
from models_app.discussions import pull_requests
from models_app.discussions.models import Discussion, DiscussionStatus
from models_app.repositories import access
from models_app.repositories import selectors as repositories
from models_app.repositories.access import Need
from models_app.repositories.models import Repository

MAX_BYTES = 100_000


def refusal(run: Run, model: Repository | None) -> str:
    """Why the score of a run does not go to a card; empty when it does."""
    if model is None:
        return _("The model is not on this hub.")
    if run.sample_limit is not None:
        return _("Only part of the samples was measured.")
    if run.state == ScoreState.DISPUTED:
        return _("The score is disputed.")
    if run.is_private and not model.is_private:
        return _("The run is private, and the card is not.")
    return ""


def may_publish(actor: Actor, run: Run) -> bool:
    """Whoever may open a pull request at the model."""
    model = run.model
    return model is not None and not refusal(run, model) and access.can(actor, model, Need.CONTRIBUTE)


@transaction.atomic
def publish(actor: Actor, run: Run) -> Discussion:
    """The pull request. Conflict when there is one that was not closed, or the card has the entry; else
    InvalidInput, PermissionRefused, and what a pull request raises."""
    if not actor.is_authenticated:
        raise Unauthenticated
    model = run.model
    if problem := refusal(run, model):
        raise InvalidInput(problem, field="run")
    assert model is not None
    access.require(actor, model, Need.CONTRIBUTE)
    # Its row is unique: of two at once the second waits here, and finds the first one's pull request.
    publication, _is_new = Publication.objects.select_for_update().get_or_create(run=run)
    earlier = publication.discussion
    if earlier is not None and earlier.status != DiscussionStatus.CLOSED:
        raise Conflict(
            _("This score was published already: pull request %(number)d.") % {"number": earlier.number}
        )
    path, text = _file(model, run)
    title = _title(run)
    proposal = pull_requests.propose(
        actor, model, "main", [AddFile(path, text.encode())], summary=title, description=_description(run)
    )
    publication.discussion, publication.published_by = proposal.discussion, actor.user
    publication.save(update_fields=["discussion", "published_by"])
    activity.record(
        "run.published",
        actor=actor,
        thing=Thing("run", str(run.pk), str(run), run.get_absolute_url()),
        namespace_id=run.owner_id,
        is_public=not run.is_private and not model.is_private,
        data={"number": proposal.discussion.number},
    )
    return proposal.discussion


def entry_of(run: Run) -> dict[str, Any]:
    """As the ecosystem reads it; the primary metric, since an entry holds one number."""
    primary = runs.primary_value(run)
    return {
        "dataset": {"id": run.benchmark_name, "task_id": run.task, "revision": run.dataset_commit},
        "value": primary.value,
        "date": run.created_at.date().isoformat(),
        "source": {"url": settings.PUBLIC_URL + run.get_absolute_url(), "name": "run"},
        "notes": f"{primary.metric}, of the model at {run.model_commit}",
    }


def _file(model: Repository, run: Run) -> tuple[str, str]:
    """The benchmark's file with the entry in it: in place of an older one of this hub for the same task."""
    path = f"{evaluations.FOLDER}{run.benchmark_name.replace('/', '-')}.yaml"
    entry = entry_of(run)
    known = _entries(model, path)
    if any(_source(one) == entry["source"]["url"] for one in known):
        raise Conflict(_("The card has this score already."))
    kept = [one for one in known if not _is_replaced(one, entry)]
    return path, yaml.safe_dump([*kept, entry], sort_keys=False, allow_unicode=True)


def _entries(model: Repository, path: str) -> list[Any]:
    head = repositories.resolve(model, "main").commit
    content = repositories.read_small(model, head, path, limit=MAX_BYTES)
    if content is None:
        if repositories.find_many(model, head, [path]):
            raise Conflict(_("%(path)s of the model is too large to add to.") % {"path": path})
        return []
    try:
        known = front_matter.read_value(content.decode("utf-8", "replace"))
    except front_matter.CardProblem:
        known = None
    if not isinstance(known, list):
        raise Conflict(_("%(path)s of the model is no list of results; correct it first.") % {"path": path})
    return known


def _is_replaced(one: Any, entry: dict[str, Any]) -> bool:
    dataset = one.get("dataset") if isinstance(one, dict) else None
    about = [dataset.get(key) for key in ("id", "task_id")] if isinstance(dataset, dict) else []
    is_ours = bool(matching.run_named(_source(one), settings.PUBLIC_URL))
    return is_ours and about == [entry["dataset"]["id"], entry["dataset"]["task_id"]]


def _source(one: Any) -> str:
    source = one.get("source") if isinstance(one, dict) else None
    return str(source.get("url") or "") if isinstance(source, dict) else ""


def _title(run: Run) -> str:
    return f"Add the score on {run.benchmark_name}, {run.task}"


def _description(run: Run) -> str:
    address = settings.PUBLIC_URL + run.get_absolute_url()
    return (
        f"Measured on this hub: [{run.pk}]({address}). Its page has the commits, settings, samples and the "
        "command that repeats it."
    )
