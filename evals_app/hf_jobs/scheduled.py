"""/api/scheduled-jobs: what `hf jobs scheduled` asks."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from evals_app.hf_jobs import rows
from evals_app.hf_jobs.jobs import labels_asked, missing_told, request_of_spec
from evals_app.schedules import selectors, services
from evals_app.schedules.models import Schedule
from hub.accounts import selectors as accounts
from hub.accounts.actors import Actor
from hub.core.errors import InvalidInput, NotFound
from models_app.hf_api.http import flag_of, hf_view, json_body, json_list, text_of

MOST = 1000


@hf_view
def list_schedules(request: HttpRequest, actor: Actor, /, *, namespace: str) -> HttpResponseBase:
    owner = accounts.get_namespace(namespace)
    found = selectors.schedules_visible_to(actor).filter(owner=owner).order_by("-created_at", "-id")
    wanted = labels_asked(request)
    kept = [s for s in found[:MOST] if all((s.request.get("labels") or {}).get(k) == v for k, v in wanted)]
    return json_list([rows.schedule_row(schedule) for schedule in kept])


@hf_view(methods=("POST",))
def create(request: HttpRequest, actor: Actor, /, *, namespace: str) -> HttpResponseBase:
    body = json_body(request)
    spec = body.get("jobSpec")
    if not isinstance(spec, dict):
        raise InvalidInput("`jobSpec` must be an object.", field="jobSpec")
    order = request_of_spec(spec, namespace)
    with missing_told():
        schedule = services.create(
            actor,
            name=str((order.get("labels") or {}).get("name") or order["kind"])[:120],
            request=order,
            cron=text_of(body, "schedule"),
            allow_overlap=bool(flag_of(body, "concurrency")),
        )
    if flag_of(body, "suspend"):
        schedule = services.pause(actor, schedule)
    return JsonResponse(rows.schedule_row(schedule))


@hf_view
def inspect(_request: HttpRequest, actor: Actor, /, *, namespace: str, schedule_id: str) -> HttpResponseBase:
    return JsonResponse(rows.schedule_row(_schedule(actor, namespace, schedule_id)))


@hf_view(methods=("DELETE",))
def delete(_request: HttpRequest, actor: Actor, /, *, namespace: str, schedule_id: str) -> HttpResponseBase:
    services.delete(actor, _schedule(actor, namespace, schedule_id))
    return HttpResponse(status=200)


@hf_view(methods=("POST",))
def suspend(_request: HttpRequest, actor: Actor, /, *, namespace: str, schedule_id: str) -> HttpResponseBase:
    return JsonResponse(rows.schedule_row(services.pause(actor, _schedule(actor, namespace, schedule_id))))


@hf_view(methods=("POST",))
def resume(_request: HttpRequest, actor: Actor, /, *, namespace: str, schedule_id: str) -> HttpResponseBase:
    return JsonResponse(rows.schedule_row(services.resume(actor, _schedule(actor, namespace, schedule_id))))


@hf_view(methods=("POST",))
def run(_request: HttpRequest, actor: Actor, /, *, namespace: str, schedule_id: str) -> HttpResponseBase:
    jobs = services.run_now(actor, _schedule(actor, namespace, schedule_id))
    return JsonResponse(rows.job_with_reason(jobs[0]))


@hf_view(methods=("POST",))
def reschedule(
    request: HttpRequest, actor: Actor, /, *, namespace: str, schedule_id: str
) -> HttpResponseBase:
    cron = text_of(json_body(request), "schedule")
    return _changed(actor, namespace, schedule_id, trigger="calendar", cron=cron)


@hf_view(methods=("PUT",))
def labels(request: HttpRequest, actor: Actor, /, *, namespace: str, schedule_id: str) -> HttpResponseBase:
    """Takes the place of all labels there were; jobs submitted from now on carry them."""
    order = _schedule(actor, namespace, schedule_id).request
    return _changed(
        actor, namespace, schedule_id, request={**order, "labels": json_body(request).get("labels")}
    )


def _changed(actor: Actor, namespace: str, schedule_id: str, **given: Any) -> HttpResponseBase:
    schedule = services.update(actor, _schedule(actor, namespace, schedule_id), **given)
    return JsonResponse(rows.schedule_row(schedule))


def _schedule(actor: Actor, namespace: str, schedule_id: str) -> Schedule:
    schedule = selectors.get_schedule_for(actor, schedule_id)
    if schedule.owner.key != namespace.lower():
        raise NotFound(f"There is no schedule {schedule.pk} of {namespace!r:.60}.")
    return schedule
