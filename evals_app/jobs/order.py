"""A request becomes an order: rights checked, names resolved, revisions pinned to commits."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from evals_app.catalog import endpoints, recipes
from evals_app.catalog import services as catalog
from evals_app.catalog.models import BenchmarkVersion
from evals_app.compute import selectors as compute
from evals_app.jobs import (
    admission,
    containers,
    entrants,
    evaluation,
    held_out_orders,
    policies,
    training_data,
    withholding,
)
from evals_app.jobs.held_out_orders import Subject
from evals_app.jobs.models import Job, JobKind, JobState, WithheldRecord
from evals_app.jobs.requests import (
    ContainerRequest,
    EvaluateRequest,
    FineTuneRequest,
    JobRequest,
    PullRequest,
)
from hub.accounts import selectors as accounts
from hub.accounts.actors import Actor
from hub.accounts.models import Namespace
from hub.core.errors import (
    Conflict,
    GatedRepository,
    InvalidInput,
    NotFound,
    PermissionRefused,
    RepositoryMoved,
    RepositoryNotFound,
    RevisionNotFound,
    Unauthenticated,
)
from models_app.mirrors import policies as mirrors
from models_app.repositories import access, names
from models_app.repositories import selectors as repositories
from models_app.repositories.models import Repository

SAMPLES_SUFFIX = "-evaluations"
PRIVATE_SAMPLES_SUFFIX = "-evaluations-private"


@dataclass(slots=True)
class _Order:
    """What is gathered while a request is checked."""

    actor: Actor
    owner: Namespace
    title: str = ""
    is_private: bool = False
    spec: dict[str, Any] = field(default_factory=dict)
    reads: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    # Set for a benchmark that holds its items out.
    withheld: WithheldRecord | None = None

    def pin(
        self, name: str, type_: str, full_id: str, revision: str, revision_field: str
    ) -> tuple[Repository, str]:
        """A repository the job reads, and the commit its revision stands for now."""
        repository = _find(self.actor, name, type_, full_id)
        try:
            commit = repositories.resolve(repository, revision).commit
        except RevisionNotFound:
            raise InvalidInput(
                _("%(repository)s has no revision “%(revision)s”.")
                % {"repository": repository.full_id, "revision": revision[:100]},
                field=revision_field,
            ) from None
        self.is_private = self.is_private or repository.is_private
        self.reads.append(f"{type_}:{repository.full_id}")
        return repository, commit

    def write_to(self, name: str, type_: str, full_id: str, *, private: bool | None) -> tuple[str, bool]:
        """The id of a repository the job writes, and whether it is private. One that exists stays so."""
        existing = _writable(self.actor, name, type_, full_id)
        if existing is None:
            namespace = _namespace_for_output(self.actor, name, type_, full_id)
            full_id = f"{namespace.name}/{full_id.partition('/')[2]}"
            is_private = namespace.private_by_default if private is None else private
            is_private = is_private or (private is None and self.is_private)
        else:
            full_id, is_private = existing.full_id, existing.is_private
        if self.is_private and not is_private:
            raise InvalidInput(
                _("%(repository)s would be public, but is made from private content. Use a private one.")
                % {"repository": full_id},
                field="private" if existing is None else name,
            )
        self.is_private = self.is_private or is_private
        self.writes.append(f"{type_}:{full_id}")
        return full_id, is_private


def make_job(actor: Actor, request: JobRequest) -> Job:
    """An unsaved row that holds everything the engine will need; on held-out items what everybody may know
    of it, and as `withheld` an unsaved record with the rest. See `services.submit` for what it raises."""
    owner = _owner(actor, request.owner)
    queue = compute.get_queue(request.queue)
    place = admission.admit(owner, queue, request)
    order = _Order(actor, owner)
    job_id = uuid.uuid4()
    secrets = ""
    match request:
        case EvaluateRequest():
            kind = JobKind.EVALUATE
            _evaluate(order, request)
        case FineTuneRequest():
            kind = JobKind.FINE_TUNE
            _fine_tune(order, request)
        case PullRequest():
            kind = JobKind.PULL
            _pull(order, request)
        case ContainerRequest():
            kind = JobKind.CONTAINER
            order.spec = containers.order_for(owner, queue, request)
            order.title = f"Run {order.spec['image']}"
            order.is_private = request.private is not False
            secrets = containers.kept(request.secrets)
    assert actor.user is not None
    common: dict[str, Any] = {"job": str(job_id), "kind": kind.value, "private": order.is_private}
    if request.attempts is not None:
        common["attempts"] = request.attempts
    job = Job(
        id=job_id,
        kind=kind,
        title=order.title[:300],
        state=JobState.QUEUED,
        owner=owner,
        submitted_by=actor.user,
        queue=queue,
        is_private=order.is_private,
        is_held_out=order.withheld is not None,
        priority=request.priority,
        labels=request.labels,
        spec={**common, **evaluation.through_the_hub(order.spec, job_id)},
        secrets=secrets,
        reads=order.reads,
        writes=order.writes,
        time_limit_seconds=place.time_limit_seconds,
        needs_devices=place.needs.devices,
        needs_memory_bytes=place.needs.memory_bytes,
        **({} if request.attempts is None else {"max_attempts": request.attempts}),
    )
    if order.withheld is not None:
        order.withheld.job = job
    return job


def grants_of(job: Job) -> list[dict[str, Any]]:
    """What the job's token may do: read its inputs and what is public, write its outputs, nothing else."""
    return [
        {"on": "public", "may": ["read"]},
        *({"on": f"repository:{place}", "may": ["read"]} for place in job.reads if place not in job.writes),
        *({"on": f"repository:{place}", "may": ["read", "write"]} for place in job.writes),
        *withholding.grants_of(job),
    ]


# --- The kinds --------------------------------------------------------------------------------------


def _evaluate(order: _Order, request: EvaluateRequest) -> None:
    if subject := held_out_orders.find(request):
        _evaluate_held_out(order, request, subject)
        return
    entrant = _entrant(order, request)
    dataset, dataset_commit = order.pin(
        "benchmark", "dataset", request.benchmark, request.benchmark_revision, "benchmark_revision"
    )
    version = _declared(dataset, dataset_commit)
    if version.is_held_out:
        raise InvalidInput(
            f"The declaration of {dataset.full_id} was not read yet; try again soon.", field="benchmark"
        )
    tasks = _chosen_tasks(version.full_tasks(), request.tasks, dataset.full_id)
    for type_, place in evaluation.inputs_of(tasks):
        order.pin("benchmark", type_, place["id"], place["commit"], "benchmark")
    evaluation.refuse_unscored(entrant, tasks)
    answers = _samples_repository(order, entrant["model"]["id"].partition("/")[2])
    _put_together(order, request, entrant, dataset, version, tasks, answers)


def _evaluate_held_out(order: _Order, request: EvaluateRequest, subject: Subject) -> None:
    """The submitter reads the model, and not the benchmark: its privacy does not make the job private, and
    the answers go to its owner."""
    dataset, version = subject.repository, subject.version
    held_out_orders.refuse_outside(request, dataset.full_id)
    entrant = _entrant(order, request, refuse_code=True)
    tasks = _chosen_tasks(version.full_tasks(), request.tasks, dataset.full_id)
    for type_, place in evaluation.inputs_of(tasks):
        order.pin("benchmark", type_, place["id"], place["commit"], "benchmark")
    held_out_orders.refuse_more(order.actor, order.owner, subject)
    order.withheld = WithheldRecord(
        benchmark=subject.benchmark, order=held_out_orders.withheld_order(subject, tasks)
    )
    shown = held_out_orders.shown_tasks(tasks)
    _put_together(order, request, entrant, dataset, version, shown, answers="")
    order.spec["held_out"] = True


def _put_together(
    order: _Order,
    request: EvaluateRequest,
    entrant: dict[str, Any],
    dataset: Repository,
    version: BenchmarkVersion,
    tasks: list[dict[str, Any]],
    answers: str,
) -> None:
    order.title = f"Evaluate {entrant['model']['id']} on {dataset.full_id}"
    order.spec = {
        **entrant,
        "benchmark": {
            "id": dataset.full_id,
            "commit": version.commit,
            "version": version.version,
            "fingerprint": version.fingerprint,
        },
        "tasks": tasks,
        "settings": recipes.check_evaluation_settings(request.settings),
        "limit": request.limit,
        "samples_repository": answers,
    }


def _entrant(order: _Order, request: EvaluateRequest, *, refuse_code: bool = False) -> dict[str, Any]:
    """What is measured: a model, with the base it adapts, or one behind another address. `refuse_code`
    where one that brings code of its own is not even tried without it."""
    if bool(request.model) == bool(request.endpoint):
        raise InvalidInput(
            "Give either `model` (a repository) or `endpoint` (a model behind another address).",
            field="model",
        )
    if request.endpoint:
        return _endpoint(order, request.endpoint)
    model, commit = order.pin("model", "model", request.model, request.revision, "revision")
    base = entrants.base_of(model, commit)
    entrants.refuse_unusable(model, entrants.file_names(model, commit), adapted=base is not None)
    if refuse_code:
        entrants.refuse_own_code(model, commit)
    entrant: dict[str, Any] = {"model": {"id": model.full_id, "commit": commit}}
    if base is not None:
        adapted, base_commit = order.pin("model", "model", base.id, base.revision, "model")
        if refuse_code:
            entrants.refuse_own_code(adapted, base_commit)
        entrant["base_model"] = {"id": adapted.full_id, "commit": base_commit}
    return entrant


def _endpoint(order: _Order, full_id: str) -> dict[str, Any]:
    found = endpoints.get_for(order.actor, full_id)
    tokenizer = None
    if found.tokenizer:
        model, commit = order.pin("endpoint", "model", found.tokenizer, "main", "endpoint")
        tokenizer = {"id": model.full_id, "commit": commit}
    return {
        "model": {"id": found.full_id, "commit": ""},
        "endpoint": {
            "id": found.full_id,
            "base_url": found.base_url,
            "model": found.model,
            "api": found.api,
            "context": found.context,
            "tokenizer": tokenizer,
        },
    }


def _declared(dataset: Repository, commit: str) -> BenchmarkVersion:
    try:
        return catalog.version_at(dataset, commit)
    except InvalidInput as error:
        raise InvalidInput(f"{dataset.full_id}: {error.message}", field="benchmark") from None


def _chosen_tasks(declared: list[dict[str, Any]], wanted: tuple[str, ...], name: str) -> list[dict[str, Any]]:
    known = {task["name"]: task for task in declared}
    for task in wanted:
        if task not in known:
            raise InvalidInput(
                _("%(benchmark)s has no task “%(task)s”. Tasks: %(known)s.")
                % {"benchmark": name, "task": task[:100], "known": ", ".join(sorted(known))},
                field="tasks",
            )
    return [known[task] for task in wanted] or declared


def _samples_repository(order: _Order, name: str) -> str:
    """One data set of answers a model and owner; private answers never share one with public ones."""
    suffix = PRIVATE_SAMPLES_SUFFIX if order.is_private else SAMPLES_SUFFIX
    stem = name[: names.MAX_NAME - len(suffix)].rstrip("-._")
    full_id, _is_private = order.write_to(
        "model", "dataset", f"{order.owner.name}/{stem}{suffix}", private=order.is_private
    )
    return full_id


def _fine_tune(order: _Order, request: FineTuneRequest) -> None:
    recipe = recipes.get_recipe(request.recipe)
    if bool(request.base_model) == (request.init is not None):
        raise InvalidInput(
            "Give either `base_model` (a repository to begin with) or `init` (a new model), and not both.",
            field="base_model",
        )
    base = None
    if request.base_model:
        model, commit = order.pin("base_model", "model", request.base_model, request.revision, "revision")
        base = {"id": model.full_id, "commit": commit}
    dataset, dataset_commit = order.pin(
        "dataset", "dataset", request.dataset, request.dataset_revision, "dataset_revision"
    )
    settings = recipes.check_settings(recipe, request.settings)
    training_data.refuse_missing(dataset, dataset_commit, str(settings["train_file"]))
    output, is_private = order.write_to("output", "model", request.output, private=request.private)
    order.is_private = order.is_private or is_private
    order.title = f"Fine-tune {output} on {dataset.full_id}"
    order.spec = {
        "recipe": recipe.name,
        "base_model": base,
        "init": recipes.check_init(recipe, request.init) if request.init is not None else None,
        "dataset": {"id": dataset.full_id, "commit": dataset_commit},
        "output": output,
        "settings": settings,
    }


def _pull(order: _Order, request: PullRequest) -> None:
    upstream = mirrors.check_upstream(request.upstream)
    output, _is_private = order.write_to(
        "output", request.source_type, request.output, private=request.private
    )
    order.title = f"Pull {request.source} to {output}"
    order.spec = {
        "upstream": upstream,
        "source": request.source,
        "source_type": request.source_type,
        "source_revision": request.source_revision,
        "output": output,
    }


# --- Names and rights -------------------------------------------------------------------------------


def _owner(actor: Actor, name: str) -> Namespace:
    if not actor.is_authenticated:
        raise Unauthenticated
    try:
        owner = accounts.get_namespace(name)
    except NotFound as error:
        raise InvalidInput(error.message, field="owner") from None
    if not policies.may_submit_for(actor, owner):
        raise PermissionRefused(
            _("Submitting jobs for %(owner)s needs the write role there, and a token that allows jobs.")
            % {"owner": owner.name},
            field="owner",
        )
    return owner


def _find(actor: Actor, name: str, type_: str, full_id: str) -> Repository:
    try:
        return access.get_repository_for(actor, type_, full_id, access.Need.CONTENT)
    except RepositoryMoved as moved:
        raise InvalidInput(f"{moved.message} Use that name.", field=name) from None
    except GatedRepository as gated:
        gated.fields["field"] = name
        raise
    except RepositoryNotFound:
        missing = (
            _("There is no model %(name)s, or you may not see it.")
            if type_ == "model"
            else _("There is no dataset %(name)s, or you may not see it.")
        )
        raise RepositoryNotFound(missing % {"name": full_id}, field=name) from None


def _writable(actor: Actor, name: str, type_: str, full_id: str) -> Repository | None:
    """The repository if there is one. A name that belongs to somebody's private one looks free to create,
    and is refused as a namespace one may not create in."""
    try:
        return access.get_repository_for(actor, type_, full_id, access.Need.WRITE)
    except RepositoryMoved as moved:
        raise Conflict(f"{moved.message} Choose another name.", field=name) from None
    except RepositoryNotFound:
        return None


def _namespace_for_output(actor: Actor, name: str, type_: str, full_id: str) -> Namespace:
    prefix, _slash, rest = full_id.partition("/")
    try:
        names.check_repository_name(rest)
        namespace = accounts.get_namespace(prefix)
    except InvalidInput as error:
        raise InvalidInput(error.message, field=name) from None
    except NotFound as error:
        raise InvalidInput(error.message, field=name) from None
    if not access.may_create_in(actor, namespace.pk, type_, full_id):
        raise PermissionRefused(
            _("You may not create repositories in %(name)s.") % {"name": namespace.name}, field=name
        )
    return namespace
