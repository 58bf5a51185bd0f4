"""/api/v1: declarations checked before they are committed, imports, and suites."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evals_app.api import forms
from evals_app.api.authentication import caller
from evals_app.catalog import imports, reader, schema, selectors
from evals_app.jobs import suites as suite_jobs
from hub.core.errors import InvalidInput

MAX_ROWS = 500


class DeclarationText(serializers.Serializer[Any]):
    declaration = serializers.CharField(help_text="The text of a benchmark.yaml.")


class TaskText(serializers.Serializer[Any]):
    task = serializers.CharField(help_text="The text of a task file of lm-evaluation-harness.")


class SuiteRow(serializers.Serializer[Any]):
    id = serializers.CharField(source="repository.full_id")
    title = serializers.CharField()
    problem = serializers.CharField()
    commit = serializers.CharField()
    declaration = serializers.JSONField()


class BenchmarkSchema(APIView):
    @extend_schema(operation_id="benchmarks_schema", responses={200: dict[str, Any]})
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """The JSON schema of benchmark.yaml."""
        return Response(schema.schema())


class BenchmarkCheck(APIView):
    @extend_schema(
        operation_id="benchmarks_check",
        request=DeclarationText,
        responses={200: dict[str, Any], 400: forms.Error},
    )
    def post(self, request: Request) -> Response:
        """A declaration as it would be read; refused with the line and the remedy."""
        return Response(reader.parse(_text(request, "declaration")).as_json())


class BenchmarkImport(APIView):
    @extend_schema(
        operation_id="benchmarks_import", request=TaskText, responses={200: DeclarationText, 400: forms.Error}
    )
    def post(self, request: Request) -> Response:
        """A task file of lm-evaluation-harness as a benchmark.yaml; its data must lie on this hub."""
        return Response({"declaration": imports.from_harness(caller(request), _text(request, "task"))})


class SuiteList(APIView):
    @extend_schema(operation_id="suites_list", responses=SuiteRow(many=True))
    def get(self, request: Request) -> Response:
        """Benchmarks that are measured together."""
        return Response(SuiteRow(selectors.suites_visible_to(caller(request))[:MAX_ROWS], many=True).data)


class SuiteDetail(APIView):
    @extend_schema(operation_id="suites_get", responses={200: SuiteRow, 404: forms.Error})
    def get(self, request: Request, namespace: str, name: str) -> Response:
        return Response(SuiteRow(selectors.get_suite(caller(request), namespace, name)).data)


class SuiteJobs(APIView):
    @extend_schema(
        operation_id="suites_evaluate",
        request=forms.JobRequest,
        responses={201: forms.JobRow(many=True), 400: forms.Error, 403: forms.Error, 404: forms.Error},
    )
    def post(self, request: Request, namespace: str, name: str) -> Response:
        """Measure a model on all of them: one job a benchmark, or none if one is refused."""
        actor = caller(request)
        suite = selectors.get_suite(actor, namespace, name)
        given = request.data if isinstance(request.data, dict) else {}
        jobs = suite_jobs.submit(actor, suite, given)
        return Response([forms.JobRow(job).data for job in jobs], status=201)


def _text(request: Request, name: str) -> str:
    value = request.data.get(name) if isinstance(request.data, dict) else None
    if not isinstance(value, str):
        raise InvalidInput(f"`{name}` must be a text.", field=name)
    return value
