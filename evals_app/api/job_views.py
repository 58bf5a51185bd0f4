"""/api/v1/jobs"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from uuid import UUID

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
from evals_app.jobs import following, listing, requests, selectors, services, states, withholding
from evals_app.jobs.following import Ended, Heard, Silence, Standing
from evals_app.jobs.listing import JobFilter
from evals_app.jobs.models import Job, JobKind, JobLogChunk, JobState
from evals_app.jobs.waiting import waiting_reasons
from hub.core import event_streams
from hub.core.errors import InvalidInput

FILTERS = [
    OpenApiParameter("state", str, enum=JobState.values, many=True),
    OpenApiParameter("kind", str, enum=JobKind.values),
    OpenApiParameter("owner", str),
    OpenApiParameter("queue", str),
    OpenApiParameter("model", str, description="A model that the job reads or writes."),
    OpenApiParameter("label", str, description="`name=value`; may be given several times."),
]
LOG_PARAMETERS = [
    OpenApiParameter("after", int, description="Number of the last chunk that the reader has."),
    OpenApiParameter("follow", bool, description="`1` streams server-sent events instead of JSON."),
    OpenApiParameter("search", str, description="Only the lines that hold this text, in any case."),
]


class JobList(ListAPIView[Job]):
    pagination_class = NewestFirst
    serializer_class = forms.JobRow

    def get_queryset(self) -> QuerySet[Job]:
        given = self.request.query_params
        wanted = JobFilter(
            states=tuple(given.getlist("state")),
            kind=given.get("kind", ""),
            owner=given.get("owner", ""),
            queue=given.get("queue", ""),
            model=given.get("model", ""),
            labels=tuple(_label(text) for text in given.getlist("label")),
        )
        return listing.list_jobs(caller(self.request), wanted)

    @extend_schema(operation_id="jobs_list", parameters=FILTERS)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Newest first; what you may not see is not in the list."""
        page: list[Job] | None = self.paginate_queryset(self.get_queryset())
        assert page is not None
        reasons = waiting_reasons(page)
        return self.get_paginated_response(
            forms.JobRow(page, many=True, context={"waiting": reasons}).data  # type: ignore[arg-type]
        )

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


class JobClone(APIView):
    @extend_schema(
        operation_id="jobs_clone",
        request=forms.JobChanges,
        responses={201: forms.JobDetail, 400: forms.Error, 403: forms.Error, 404: forms.Error},
    )
    def post(self, request: Request, job_id: UUID) -> Response:
        """The same job with what the body changes; everything else stays, commits included."""
        actor = caller(request)
        job = services.clone(actor, selectors.get_job_for(actor, job_id), request.data)
        return Response(forms.JobDetail(job).data, status=201)


class JobLabels(APIView):
    @extend_schema(
        operation_id="jobs_label",
        request=forms.JobLabels,
        responses={200: forms.JobDetail, 400: forms.Error, 403: forms.Error, 404: forms.Error},
    )
    def put(self, request: Request, job_id: UUID) -> Response:
        """Labels in place of those it had."""
        actor = caller(request)
        labels = request.data.get("labels") if isinstance(request.data, Mapping) else None
        job = services.set_labels(actor, selectors.get_job_for(actor, job_id), labels)
        return Response(forms.JobDetail(job).data)


class JobMetrics(APIView):
    @extend_schema(operation_id="jobs_metrics", responses={200: forms.Metrics, 404: forms.Error})
    def get(self, request: Request, job_id: UUID) -> Response:
        """What the engine reported on its way."""
        job = selectors.get_job_for(caller(request), job_id)
        return Response({"metrics": selectors.metrics_of(job)})


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


class JobLogs(APIView):
    content_negotiation_class = _Anything

    @extend_schema(
        operation_id="jobs_logs",
        parameters=LOG_PARAMETERS,
        responses={
            (200, "application/json"): forms.Log,
            (200, "text/event-stream"): OpenApiResponse(OpenApiTypes.STR, "Events `log`, `state`, `end`."),
            400: forms.Error,
            404: forms.Error,
            503: forms.Error,
        },
    )
    def get(self, request: Request, job_id: UUID) -> Response | StreamingHttpResponse:
        """The log behind chunk `after`; when `is_final` is true and no chunk came, all is read. With
        `follow=1` the log as it grows: the stream ends with the job, or after five minutes, and a client
        that connects again with `Last-Event-ID` goes on where it was."""
        job = selectors.get_job_for(caller(request), job_id)
        given = request.query_params
        if "search" in given:
            return Response(forms.LogMatches({"lines": following.search(job, given["search"])}).data)
        after = event_streams.place(request.headers.get("Last-Event-ID"), given.get("after"))
        if given.get("follow") in ("1", "true"):
            return event_streams.respond(event_frames(job, after))
        chunks = selectors.log_after(job, after)
        last = chunks[-1].pk if chunks else after
        is_final = job.state in states.FINAL
        return Response(forms.Log({"chunks": chunks, "next_after": last, "is_final": is_final}).data)


class JobWithheld(APIView):
    @extend_schema(operation_id="jobs_withheld", responses={200: forms.Withheld, 404: forms.Error})
    def get(self, request: Request, job_id: UUID) -> Response:
        """What a job on a held-out benchmark keeps for those who may change the benchmark."""
        return Response(forms.Withheld(withholding.record_for(caller(request), job_id)).data)


def event_frames(job: Job, after: int) -> Iterator[bytes]:
    """What is heard of a job as events; each carries the number of the last chunk before it."""
    for heard in following.follow(job, after):
        after = heard.pk if isinstance(heard, JobLogChunk) else after
        yield _frame(heard, after)


def _frame(heard: Heard, after: int) -> bytes:
    match heard:
        case Silence():
            return event_streams.KEEP_ALIVE
        case Standing():
            return event_streams.frame(asdict(heard), name="state", number=after)
        case Ended():
            return event_streams.frame(asdict(heard), name="end", number=after)
    return event_streams.frame({"text": heard.text, "attempt": heard.attempt}, name="log", number=after)


def _label(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise InvalidInput("A label is asked for as `label=name=value`.", field="label")
    return name, value
