"""/api/v1: runs, benchmarks, leaderboards, schedules, queues and workers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evals_app.api import forms
from evals_app.api.authentication import caller
from evals_app.api.paging import NewestFirst
from evals_app.catalog import selectors as catalog
from evals_app.compute import selectors as compute
from evals_app.leaderboards import selectors as leaderboards
from evals_app.runs import selectors as runs
from evals_app.runs.models import Run
from evals_app.schedules import selectors as schedules
from evals_app.schedules import services as schedule_services
from hub.core.errors import InvalidInput

RUN_FILTERS = {"model": "model_name__iexact", "benchmark": "benchmark_name__iexact", "task": "task"}
MAX_ROWS = 500


class RunList(ListAPIView[Run]):
    pagination_class = NewestFirst
    serializer_class = forms.RunRow

    def get_queryset(self) -> QuerySet[Run]:
        given = self.request.query_params
        wanted = {RUN_FILTERS[name]: given[name] for name in RUN_FILTERS if given.get(name)}
        return runs.runs_visible_to(caller(self.request)).filter(**wanted)

    @extend_schema(operation_id="runs_list", parameters=[OpenApiParameter(name, str) for name in RUN_FILTERS])
    def get(self, request: Request) -> Response:
        """What was measured, newest first."""
        return self.list(request)


class RunDetail(APIView):
    @extend_schema(operation_id="runs_get", responses={200: forms.RunDetail, 404: forms.Error})
    def get(self, request: Request, run_id: UUID) -> Response:
        """One run, with everything its numbers depend on."""
        return Response(forms.RunDetail(runs.get_run_for(caller(request), run_id)).data)


class BenchmarkList(APIView):
    @extend_schema(operation_id="benchmarks_list", responses=forms.BenchmarkRow(many=True))
    def get(self, request: Request) -> Response:
        """Data set repositories that declare a benchmark."""
        rows = catalog.benchmarks_visible_to(caller(request))[:MAX_ROWS]
        return Response(forms.BenchmarkRow(rows, many=True).data)


class BenchmarkDetail(APIView):
    @extend_schema(operation_id="benchmarks_get", responses={200: forms.BenchmarkDetail, 404: forms.Error})
    def get(self, request: Request, namespace: str, name: str) -> Response:
        """A benchmark with its declaration as it stands now."""
        benchmark = catalog.get_benchmark(caller(request), namespace, name)
        benchmark.current = catalog.current_version(benchmark)  # type: ignore[attr-defined]
        return Response(forms.BenchmarkDetail(benchmark).data)


class LeaderboardList(APIView):
    @extend_schema(operation_id="leaderboards_list", responses=forms.LeaderboardRow(many=True))
    def get(self, request: Request) -> Response:
        """One board a task of a benchmark."""
        rows = leaderboards.boards_visible_to(caller(request))[:MAX_ROWS]
        return Response(forms.LeaderboardRow(rows, many=True).data)


class LeaderboardDetail(APIView):
    @extend_schema(
        operation_id="leaderboards_get", responses={200: forms.LeaderboardDetail, 404: forms.Error}
    )
    def get(self, request: Request, slug: str) -> Response:
        """A board with its entries in order; each names the run it comes from."""
        actor = caller(request)
        board = leaderboards.board(slug, actor)
        entries = list(leaderboards.entries_of(board, actor))
        row = forms.LeaderboardRow(board).data
        return Response({**row, "entries": forms.Entry(entries, many=True).data})


class ScheduleList(APIView):
    @extend_schema(operation_id="schedules_list", responses=forms.ScheduleRow(many=True))
    def get(self, request: Request) -> Response:
        """Schedules of your namespaces, the next due first."""
        rows = schedules.schedules_visible_to(caller(request))[:MAX_ROWS]
        return Response(forms.ScheduleRow(rows, many=True).data)

    @extend_schema(
        operation_id="schedules_create",
        request=forms.ScheduleRequest,
        responses={201: forms.ScheduleRow, 400: forms.Error, 403: forms.Error, 404: forms.Error},
    )
    def post(self, request: Request) -> Response:
        """Submit a job request again and again. It must be one that would be accepted now."""
        given = _fields(request.data, required=("name", "cron", "request"), optional=("time_zone",))
        schedule = schedule_services.create(caller(request), **given)
        return Response(forms.ScheduleRow(schedule).data, status=201)


class ScheduleDetail(APIView):
    @extend_schema(operation_id="schedules_get", responses={200: forms.ScheduleRow, 404: forms.Error})
    def get(self, request: Request, schedule_id: UUID) -> Response:
        """One schedule."""
        return Response(forms.ScheduleRow(schedules.get_schedule_for(caller(request), schedule_id)).data)

    @extend_schema(
        operation_id="schedules_change",
        request=forms.ScheduleChange,
        responses={200: forms.ScheduleRow, 400: forms.Error, 403: forms.Error, 404: forms.Error},
    )
    def patch(self, request: Request, schedule_id: UUID) -> Response:
        """Change what is given, leave the rest. Whoever changes the request becomes the one it runs as."""
        actor = caller(request)
        given = _fields(request.data, optional=("name", "cron", "time_zone", "request"))
        schedule = schedules.get_schedule_for(actor, schedule_id)
        return Response(forms.ScheduleRow(schedule_services.update(actor, schedule, **given)).data)

    @extend_schema(operation_id="schedules_delete", responses={204: None, 403: forms.Error, 404: forms.Error})
    def delete(self, request: Request, schedule_id: UUID) -> Response:
        """Jobs that came of it stay."""
        actor = caller(request)
        schedule_services.delete(actor, schedules.get_schedule_for(actor, schedule_id))
        return Response(status=204)


class SchedulePause(APIView):
    @extend_schema(
        operation_id="schedules_pause", request=None, responses={200: forms.ScheduleRow, 403: forms.Error}
    )
    def post(self, request: Request, schedule_id: UUID) -> Response:
        """Submit nothing until it is resumed."""
        actor = caller(request)
        schedule = schedule_services.pause(actor, schedules.get_schedule_for(actor, schedule_id))
        return Response(forms.ScheduleRow(schedule).data)


class ScheduleResume(APIView):
    @extend_schema(
        operation_id="schedules_resume", request=None, responses={200: forms.ScheduleRow, 403: forms.Error}
    )
    def post(self, request: Request, schedule_id: UUID) -> Response:
        """Go on from the next date; what was missed is not made up for."""
        actor = caller(request)
        schedule = schedule_services.resume(actor, schedules.get_schedule_for(actor, schedule_id))
        return Response(forms.ScheduleRow(schedule).data)


class ScheduleRun(APIView):
    @extend_schema(
        operation_id="schedules_run", request=None, responses={201: forms.JobDetail, 403: forms.Error}
    )
    def post(self, request: Request, schedule_id: UUID) -> Response:
        """Submit its job now; the calendar stays as it is."""
        actor = caller(request)
        job = schedule_services.run_now(actor, schedules.get_schedule_for(actor, schedule_id))
        return Response(forms.JobDetail(job).data, status=201)


class QueueList(APIView):
    @extend_schema(operation_id="queues_list", responses=forms.QueueRow(many=True))
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Where jobs wait."""
        return Response(forms.QueueRow(compute.queues(), many=True).data)


class WorkerList(APIView):
    @extend_schema(operation_id="workers_list", responses=forms.WorkerRow(many=True))
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Who serves the queues, and with what."""
        return Response(forms.WorkerRow(compute.workers()[:MAX_ROWS], many=True).data)


def _fields(data: Any, *, required: tuple[str, ...] = (), optional: tuple[str, ...] = ()) -> dict[str, Any]:
    """The object's fields; texts where texts belong. InvalidInput for what is missing or unknown."""
    if not isinstance(data, dict):
        raise InvalidInput("The body must be a JSON object.")
    for name in data:
        if name not in required + optional:
            raise InvalidInput(
                f"`{name}` is not known. Known: {', '.join(required + optional)}.", field=str(name)
            )
    for name in required:
        if name not in data:
            raise InvalidInput(f"`{name}` is missing.", field=name)
    for name, value in data.items():
        if name != "request" and not isinstance(value, str):
            raise InvalidInput(f"`{name}` must be a text.", field=name)
    return data
