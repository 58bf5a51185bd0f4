"""/api/jobs: what `hf jobs` asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from evals_app.hf_jobs import images, rows
from evals_app.jobs import following, listing, requests, selectors, services, states
from evals_app.jobs.following import Silence
from evals_app.jobs.listing import JobFilter
from evals_app.jobs.models import Job
from hub.accounts import selectors as accounts
from hub.accounts.actors import Actor
from hub.core import clock, event_streams
from hub.core.errors import InvalidInput, NotFound, NotOffered, RepositoryNotFound
from models_app.hf_api.http import (
    error_json,
    hf_view,
    json_body,
    json_list,
    next_page_url,
    query_int,
    query_list,
)

PAGE, MOST = 100, 1000
DEFAULT_FLAVOR = "cpu-basic"
# Parts of a specification that no job here has, and with `secrets` those that only containers have.
NOT_OFFERED = ("volumes", "expose", "ssh", "network", "spaceId", "resourceGroupId")
NOTHING: tuple[dict[str, Any], ...] = ({"enabled": False}, {"ports": [], "portsPublic": []})


@hf_view
def list_jobs(request: HttpRequest, actor: Actor, /, *, namespace: str) -> HttpResponseBase:
    owner = accounts.get_namespace(namespace)
    stages = query_list(request, "stage")
    wanted = JobFilter(
        owner=owner.name,
        states=tuple(rows.STATES[stage] for stage in stages if stage in rows.STATES),
        labels=labels_asked(request),
    )
    if stages and not wanted.states:
        # Jobs are never in stages such as DELETED.
        return json_list([])
    limit = query_int(request, "limit", default=PAGE, most=MOST)
    page = listing.page_of(listing.list_jobs(actor, wanted), request.GET.get("cursor", ""), limit)
    return json_list(
        [rows.job_row(job) for job in page.items], next_url=next_page_url(request, page.next_cursor)
    )


@hf_view(methods=("POST",))
def run(request: HttpRequest, actor: Actor, /, *, namespace: str) -> HttpResponseBase:
    order = requests.parse(request_of_spec(json_body(request), namespace))
    with missing_told():
        job = services.submit(actor, order)
    return JsonResponse(rows.job_with_reason(job))


@hf_view
def inspect(_request: HttpRequest, actor: Actor, /, *, namespace: str, job_id: str) -> HttpResponseBase:
    return JsonResponse(rows.job_with_reason(_job(actor, namespace, job_id)))


@hf_view(methods=("POST",))
def cancel(_request: HttpRequest, actor: Actor, /, *, namespace: str, job_id: str) -> HttpResponseBase:
    """Cancelling what has ended already is no error to this client."""
    job = _job(actor, namespace, job_id)
    if job.state not in states.FINAL:
        job = services.cancel(actor, job)
    return JsonResponse(rows.job_row(job))


@hf_view(methods=("POST",))
def duplicate(_request: HttpRequest, actor: Actor, /, *, namespace: str, job_id: str) -> HttpResponseBase:
    return JsonResponse(rows.job_with_reason(services.rerun(actor, _job(actor, namespace, job_id))))


@hf_view(methods=("PUT",))
def labels(request: HttpRequest, actor: Actor, /, *, namespace: str, job_id: str) -> HttpResponseBase:
    """Takes the place of all labels there were."""
    job = services.set_labels(actor, _job(actor, namespace, job_id), json_body(request).get("labels"))
    return JsonResponse(rows.job_row(job))


@hf_view
def logs(request: HttpRequest, actor: Actor, /, *, namespace: str, job_id: str) -> HttpResponseBase:
    """Every line from the beginning, or the last `tail` ones, then what follows until the job has ended."""
    job = _job(actor, namespace, job_id)
    tail = query_int(request, "tail", default=0, most=1_000_000) or None
    return event_streams.respond(_log_frames(job, tail))


@hf_view
def metrics(_request: HttpRequest, actor: Actor, /, *, namespace: str, job_id: str) -> HttpResponseBase:
    job = _job(actor, namespace, job_id)
    if job.state in states.FINAL:
        # As clients know it from the public hub.
        return error_json(406, "NotAcceptable", "The job has ended.")
    return event_streams.respond(_metric_frames(job))


@hf_view
def events(_request: HttpRequest, actor: Actor, /, *, namespace: str, job_id: str) -> HttpResponseBase:
    """The stages it went through, and each further one as it comes."""
    return event_streams.respond(_event_frames(_job(actor, namespace, job_id)))


@hf_view
def hardware(_request: HttpRequest, _actor: Actor, /) -> HttpResponseBase:
    return json_list(rows.hardware_rows())


@hf_view(methods=("GET", "PUT", "POST"))
def not_offered(_request: HttpRequest, _actor: Actor, /, *, part: str, **_kwargs: Any) -> HttpResponseBase:
    raise NotOffered(f"{part} are not offered: nothing reaches into a running job of this hub.")


@contextmanager
def missing_told() -> Iterator[None]:
    """A repository that the order names is missing: clients would take a 404 for the job's own address."""
    try:
        yield
    except RepositoryNotFound as missing:
        raise InvalidInput(missing.message, **missing.fields) from None


def request_of_spec(spec: dict[str, Any], namespace: str) -> dict[str, Any]:
    """A client's specification as a request of this hub. InvalidInput, NotOffered: what does not fit."""
    image = spec.get("dockerImage")
    is_container = isinstance(image, str) and images.is_container(image)
    for name in NOT_OFFERED if is_container else ("secrets", *NOT_OFFERED):
        if spec.get(name) and spec[name] not in NOTHING:
            raise NotOffered(_why_not(name, is_container=is_container), field=name)
    if not isinstance(image, str):
        raise InvalidInput("`dockerImage` must be a text.", field="dockerImage")
    flavor = spec.get("flavor") or DEFAULT_FLAVOR
    queue = requests.DEFAULT_QUEUE if flavor == DEFAULT_FLAVOR else str(flavor)
    if is_container:
        request = _container(spec, image, namespace, queue)
    else:
        words = [*_words(spec, "command"), *_words(spec, "arguments")]
        request = images.request_from(image, words, _environment(spec), owner=namespace, queue=queue)
    told = {"labels": spec.get("labels"), "time_limit": spec.get("timeoutSeconds")}
    request |= {name: value for name, value in told.items() if value}
    if spec.get("attempts") is not None:
        request["attempts"] = spec["attempts"]
    return request


def _container(spec: dict[str, Any], image: str, owner: str, queue: str) -> dict[str, Any]:
    return {
        "kind": "container",
        "owner": owner,
        "queue": queue,
        "image": image,
        "command": _words(spec, "command"),
        "arguments": _words(spec, "arguments"),
        "environment": _environment(spec),
        "secrets": _environment(spec, "secrets"),
    }


def _why_not(name: str, *, is_container: bool) -> str:
    if is_container:
        return f"`{name}` is not offered: containers here have an image, a command, variables and secrets."
    if name in NOT_OFFERED:
        return f"`{name}` is not offered: jobs of this hub run its own engines."
    return f"`{name}` is for containers; jobs of this hub run its own engines."


def labels_asked(request: HttpRequest) -> tuple[tuple[str, str], ...]:
    pairs = []
    for text in query_list(request, "label"):
        name, equals, value = text.partition("=")
        if not equals:
            raise InvalidInput("A label is asked for as `label=name=value`.", field="label")
        pairs.append((name, value))
    return tuple(pairs)


def _job(actor: Actor, namespace: str, job_id: str) -> Job:
    job = selectors.get_job_for(actor, job_id)
    if job.owner.key != namespace.lower():
        raise NotFound(f"There is no job {UUID(str(job_id))} of {namespace!r:.60}.")
    return job


def _words(spec: dict[str, Any], name: str) -> list[str]:
    words = spec.get(name) or []
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise InvalidInput(f"`{name}` must be a list of texts.", field=name)
    return words


def _environment(spec: dict[str, Any], name: str = "environment") -> dict[str, str]:
    given = spec.get(name) or {}
    if not isinstance(given, dict):
        raise InvalidInput(f"`{name}` must be an object.", field=name)
    return {str(name): str(value) for name, value in given.items()}


def _log_frames(job: Job, tail: int | None) -> Iterator[bytes]:
    for line in following.follow_lines(job, tail=tail):
        if isinstance(line, Silence):
            yield event_streams.KEEP_ALIVE
        else:
            yield event_streams.frame({"data": line.text, "timestamp": clock.iso_millis(line.at)})


def _event_frames(job: Job) -> Iterator[bytes]:
    for move in following.follow_moves(job):
        if isinstance(move, Silence):
            yield event_streams.KEEP_ALIVE
        else:
            yield event_streams.frame(rows.move_row(move))


def _metric_frames(job: Job) -> Iterator[bytes]:
    for values in following.follow_machine(job):
        if isinstance(values, Silence):
            yield event_streams.KEEP_ALIVE
        else:
            yield event_streams.frame(rows.metric_row(job, values), name="metric")
