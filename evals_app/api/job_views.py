"""/api/v1/jobs"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evals_app.api import forms
from evals_app.api.authentication import caller
from evals_app.api.paging import NewestFirst
from evals_app.jobs import listing, requests, selectors, services, states
from evals_app.jobs.listing import JobFilter
from evals_app.jobs.models import Job, JobKind, JobState
from hub.core.errors import InvalidInput

FILTERS = [
    OpenApiParameter("state", str, enum=JobState.values),
    OpenApiParameter("kind", str, enum=JobKind.values),
    OpenApiParameter("owner", str),
]
AFTER = OpenApiParameter("after", int, description="Number of the last chunk that the reader has.")
# A stream holds one of the server's threads; clients connect again with `after` and miss nothing.
STREAM_SECONDS = 120
STREAM_LOOK_SECONDS = 1.0
KEEP_ALIVE_SECONDS = 15


class JobList(ListAPIView[Job]):
    pagination_class = NewestFirst
    serializer_class = forms.JobRow

    def get_queryset(self) -> QuerySet[Job]:
        given = self.request.query_params
        wanted = JobFilter(given.get("state", ""), given.get("kind", ""), given.get("owner", ""))
        return listing.list_jobs(caller(self.request), wanted)

    @extend_schema(operation_id="jobs_list", parameters=FILTERS)
    def get(self, request: Request) -> Response:
        """Newest first; what you may not see is not in the list."""
        return self.list(request)

    @extend_schema(
        operation_id="jobs_submit",
        request=forms.JobRequest,
        responses={201: forms.JobDetail, 400: forms.Error, 403: forms.Error, 404: forms.Error},
    )
    def post(self, request: Request) -> Response:
        """Submit a job. Revisions are pinned to the commits they stand for now."""
        job = services.submit(caller(request), requests.parse(request.data))
        return Response(forms.JobDetail(job).data, status=201)


class JobDetail(APIView):
    @extend_schema(operation_id="jobs_get", responses={200: forms.JobDetail, 404: forms.Error})
    def get(self, request: Request, job_id: UUID) -> Response:
        """One job, with its order, its result, and why it waits if it does."""
        return Response(forms.JobDetail(selectors.get_job_for(caller(request), job_id)).data)


class JobCancel(APIView):
    @extend_schema(
        operation_id="jobs_cancel",
        request=None,
        responses={200: forms.JobDetail, 403: forms.Error, 404: forms.Error, 409: forms.Error},
    )
    def post(self, request: Request, job_id: UUID) -> Response:
        """A waiting job ends at once, a running one within seconds."""
        actor = caller(request)
        return Response(forms.JobDetail(services.cancel(actor, selectors.get_job_for(actor, job_id))).data)


class JobRerun(APIView):
    @extend_schema(
        operation_id="jobs_rerun",
        request=None,
        responses={201: forms.JobDetail, 403: forms.Error, 404: forms.Error},
    )
    def post(self, request: Request, job_id: UUID) -> Response:
        """The same job once more, at the same commits."""
        actor = caller(request)
        job = services.rerun(actor, selectors.get_job_for(actor, job_id))
        return Response(forms.JobDetail(job).data, status=201)


class JobMetrics(APIView):
    @extend_schema(operation_id="jobs_metrics", responses={200: forms.Metrics, 404: forms.Error})
    def get(self, request: Request, job_id: UUID) -> Response:
        """What the engine reported on its way."""
        job = selectors.get_job_for(caller(request), job_id)
        return Response({"metrics": selectors.metrics_of(job)})


class JobLog(APIView):
    @extend_schema(operation_id="jobs_log", parameters=[AFTER], responses={200: forms.Log, 404: forms.Error})
    def get(self, request: Request, job_id: UUID) -> Response:
        """The log behind chunk `after`. When `is_final` is true and no chunk came, all is read."""
        job = selectors.get_job_for(caller(request), job_id)
        after = _after(request)
        chunks = selectors.log_after(job, after)
        return Response(
            forms.Log(
                {
                    "chunks": chunks,
                    "next_after": chunks[-1].pk if chunks else after,
                    "is_final": job.state in states.FINAL,
                }
            ).data
        )


class _Anything(BaseContentNegotiation):
    """A stream is what it is, and refusals of it are JSON, whatever the client said it accepts."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:  # noqa: ARG002
        return next(iter(parsers))

    def select_renderer(
        self,
        request: Request,  # noqa: ARG002
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,  # noqa: ARG002
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class JobLogStream(APIView):
    content_negotiation_class = _Anything

    @extend_schema(
        operation_id="jobs_log_stream",
        parameters=[AFTER],
        responses={
            (200, "text/event-stream"): OpenApiResponse(OpenApiTypes.STR, "Events `log`, `state`, `end`."),
            404: forms.Error,
        },
    )
    def get(self, request: Request, job_id: UUID) -> StreamingHttpResponse:
        """The log as it grows, as server-sent events. Ends after two minutes; the client's own
        reconnection continues where it was."""
        job = selectors.get_job_for(caller(request), job_id)
        response = StreamingHttpResponse(
            follow(job, _after(request)), content_type="text/event-stream; charset=utf-8"
        )
        response["Cache-Control"] = "no-store"
        response["X-Accel-Buffering"] = "no"
        return response


def follow(job: Job, after: int, *, seconds: float = STREAM_SECONDS) -> Iterator[bytes]:
    """Server-sent events until the job has ended and all is told, or the time is over."""
    end = quiet_since = time.monotonic()
    end += seconds
    told: tuple[str, float | None, str] | None = None
    while time.monotonic() < end:
        job.refresh_from_db(fields=["state", "progress", "progress_text"])
        chunks = selectors.log_after(job, after)
        for chunk in chunks:
            after = chunk.pk
            yield _event("log", {"text": chunk.text, "attempt": chunk.attempt}, after)
        if told != (told := (job.state, job.progress, job.progress_text)):
            yield _event("state", dict(zip(("state", "progress", "text"), told, strict=True)), after)
        if job.state in states.FINAL and not chunks:
            yield _event("end", {"state": job.state}, after)
            return
        if not chunks and time.monotonic() - quiet_since > KEEP_ALIVE_SECONDS:
            quiet_since = time.monotonic()
            yield b": still here\n\n"
        if not chunks:
            _let_go_of_the_database()
            time.sleep(STREAM_LOOK_SECONDS)


def _let_go_of_the_database() -> None:
    """A stream that only waits must not keep one of the connections, of which a server has few."""
    if not connection.in_atomic_block:
        connection.close()


def _event(name: str, data: dict[str, object], after: int) -> bytes:
    return f"id: {after}\nevent: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def _after(request: Request) -> int:
    """A browser that connects again says in a header where it was."""
    text = request.headers.get("Last-Event-ID") or request.query_params.get("after", "0")
    if not text.isdecimal() or len(text) > 18:
        raise InvalidInput("`after` must be the number of a log chunk.", field="after")
    return int(text)
