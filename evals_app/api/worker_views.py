"""/api/v1/workers/…: what workers anywhere say, with a worker's token and nothing else."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evals_app.api import forms, polling
from evals_app.compute import lending, selectors
from evals_app.compute.models import Worker, WorkerPass
from evals_app.jobs import eligibility, services, wire
from evals_app.runs import completion
from hub.accounts.models import User
from hub.core.errors import InvalidInput, Unauthenticated

BEARER = "Bearer "


class WorkerAuthentication(BaseAuthentication):
    """A living worker token; neither a session nor any other token opens these routes."""

    def authenticate(self, request: Request) -> tuple[User, WorkerPass]:
        header = request.headers.get("Authorization", "")
        if not header.startswith(BEARER):
            raise Unauthenticated("Send a worker token: `Authorization: Bearer …`.")
        worker_pass = lending.authenticate(header.removeprefix(BEARER).strip())
        return worker_pass.token.user, worker_pass

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        return 'Bearer realm="hub"'


class WorkerAuthenticationScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = WorkerAuthentication
    name = "workerToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:  # noqa: ARG002
        return {"type": "http", "scheme": "bearer"}


ANSWERS = {200: OpenApiTypes.OBJECT, 400: forms.Error, 401: forms.Error, 404: forms.Error, 409: forms.Error}


class WorkerView(APIView):
    authentication_classes = [WorkerAuthentication]

    def worker(self, request: Request, worker_id: UUID) -> Worker:
        return lending.get_worker(_pass_of(request), worker_id)


def _pass_of(request: Request) -> WorkerPass:
    assert isinstance(request.auth, WorkerPass)
    return request.auth


def _said(request: Request) -> dict[str, Any]:
    if not isinstance(request.data, dict):
        raise InvalidInput("Send a JSON object.")
    return request.data


class WorkerRegister(WorkerView):
    @extend_schema(operation_id="workers_register", request=OpenApiTypes.OBJECT, responses=ANSWERS)
    def post(self, request: Request) -> Response:
        """Who a worker is and what it has: `name`, `host`, `queues`, `devices`, `slots`, `labels`,
        `versions`, `walls`, `container_runtime`. A name that it had before continues that worker."""
        worker_pass = _pass_of(request)
        worker = lending.register(worker_pass, _said(request))
        notice = "" if worker_pass.approved_at else _("An operator has to approve this machine first.")
        return Response(
            {
                "worker": str(worker.pk),
                "name": worker.name,
                "queues": worker.queues,
                "heartbeat_seconds": settings.JOB_HEARTBEAT_SECONDS,
                "lease_seconds": settings.JOB_LEASE_SECONDS,
                "beat_seconds": selectors.WORKER_BEAT_SECONDS,
                "notice": notice,
            }
        )


class WorkerHeartbeat(WorkerView):
    @extend_schema(operation_id="workers_heartbeat", request=OpenApiTypes.OBJECT, responses=ANSWERS)
    def post(self, request: Request, worker_id: UUID) -> Response:
        """Every few seconds. The answer holds what people want of it: `run`, `pause`, `drain`."""
        worker = self.worker(request, worker_id)
        lending.note_beat(worker, leaving=bool(_said(request).get("leaving")))
        return Response({"wish": worker.wish})


class WorkerWait(WorkerView):
    @extend_schema(operation_id="workers_wait", request=OpenApiTypes.OBJECT, responses=ANSWERS)
    def post(self, request: Request, worker_id: UUID) -> Response:
        """Waits up to `seconds` (at most 25) until a job may start on what is `free`, and takes nothing.
        Unless it is `ready`, ask again in so many seconds."""
        worker, said = self.worker(request, worker_id), _said(request)
        worker.free_devices = lending.free_devices(worker, said)
        seconds = said.get("seconds")
        answer = polling.wait_for_work(worker, float(seconds) if isinstance(seconds, int | float) else 0.0)
        return Response({"ready": answer.is_ready, "ask_again_in": answer.ask_again_in})


class WorkerLease(WorkerView):
    @extend_schema(
        operation_id="workers_lease",
        request=OpenApiTypes.OBJECT,
        responses={**ANSWERS, 204: OpenApiResponse(description="Nothing waits that may run there.")},
    )
    def post(self, request: Request, worker_id: UUID) -> Response:
        """Takes the next job for what is `free`, with its order, its token and the `slots` it gets, at
        once. A worker that does not report on it within five seconds has not heard of it; then the job
        goes back to its queue."""
        worker = self.worker(request, worker_id)
        worker.free_devices = lending.free_devices(worker, _said(request))
        lease = None
        if lending.takes_work(worker):
            lease = services.lease_next(worker, worker.queues, is_confirmed=False)
        return Response(status=204) if lease is None else Response(wire.lease_as_json(lease))


class WorkerJobEvents(WorkerView):
    @extend_schema(operation_id="workers_job_events", request=OpenApiTypes.OBJECT, responses=ANSWERS)
    def post(self, request: Request, worker_id: UUID, job_id: UUID) -> Response:
        """Extends the `lease` and records `events`, each with its `number`; a repeated one counts once.
        The answer says whether the lease is `alive` and whether to `cancel`."""
        eligibility.require_held(self.worker(request, worker_id), job_id)
        said = _said(request)
        numbers, events = _checked(wire.events_from, said.get("events") or [])
        verdict = services.heartbeat(job_id, str(said.get("lease") or "-"), events=events, numbers=numbers)
        return Response({"alive": verdict.alive, "cancel": verdict.cancel})


class WorkerJobFinish(WorkerView):
    @extend_schema(operation_id="workers_job_finish", request=OpenApiTypes.OBJECT, responses=ANSWERS)
    def post(self, request: Request, worker_id: UUID, job_id: UUID) -> Response:
        """Ends the attempt with its `outcome`. Not `recorded` means that the lease was lost."""
        eligibility.require_held(self.worker(request, worker_id), job_id)
        said = _said(request)
        outcome = _checked(wire.outcome_from, said.get("outcome"))
        return Response({"recorded": completion.complete(job_id, str(said.get("lease") or "-"), outcome)})


def _checked(read: Any, value: Any) -> Any:
    try:
        return read(value)
    except ValueError as error:
        raise InvalidInput(str(error)) from None
