"""/api/v1: runs, benchmarks, queues and workers."""

from __future__ import annotations

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
from evals_app.compute import lending
from evals_app.runs import selectors as runs
from evals_app.runs.models import Run

RUN_FILTERS = {
    "model": "model_name__iexact",
    "benchmark": "benchmark_name__iexact",
    "task": "task",
    "state": "state",
}
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
        actor = caller(request)
        rows = catalog.benchmarks_visible_to(actor)[:MAX_ROWS]
        return Response(forms.BenchmarkRow(catalog.without_problems(actor, rows), many=True).data)


class BenchmarkDetail(APIView):
    @extend_schema(operation_id="benchmarks_get", responses={200: forms.BenchmarkDetail, 404: forms.Error})
    def get(self, request: Request, namespace: str, name: str) -> Response:
        """A benchmark with its declaration as it stands now."""
        actor = caller(request)
        benchmark = catalog.get_benchmark(actor, namespace, name)
        benchmark.current = catalog.version_shown(actor, benchmark)  # type: ignore[attr-defined]
        return Response(forms.BenchmarkDetail(benchmark).data)


class WorkerList(APIView):
    @extend_schema(operation_id="workers_list", responses=forms.WorkerRow(many=True))
    def get(self, request: Request) -> Response:
        """Who serves the queues, and with what. A machine that is still to be approved is told of to those
        who manage it."""
        found = lending.workers_visible_to(caller(request))[:MAX_ROWS]
        return Response(forms.WorkerRow(found, many=True).data)
