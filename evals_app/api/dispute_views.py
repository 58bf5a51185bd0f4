"""/api/v1: doubts about runs, and their scores on cards."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evals_app.api import forms
from evals_app.api.authentication import caller
from evals_app.claims import publishing
from evals_app.runs import selectors as runs
from evals_app.trust import selectors, services
from hub.core.errors import InvalidInput

REFUSALS = {400: forms.Error, 401: forms.Error, 403: forms.Error, 404: forms.Error, 409: forms.Error}


class DisputeGap(serializers.Serializer[Any]):
    metric = serializers.CharField()
    value = serializers.FloatField()
    other = serializers.FloatField()
    tolerance = serializers.FloatField()


class DisputeRow(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="pk")
    run = serializers.UUIDField(source="run_id")
    against = serializers.UUIDField(source="against_id", allow_null=True)
    status = serializers.CharField()
    opened_by = serializers.CharField(source="opened_by.username", default=None, allow_null=True)
    reason = serializers.CharField()
    gaps = DisputeGap(many=True)
    answer = serializers.CharField()
    resolution = serializers.CharField()
    created_at = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(allow_null=True)


class DisputeRequest(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=services.MAX_TEXT)


class DisputeAct(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=services.MAX_TEXT, required=False)


class RunDisputes(APIView):
    @extend_schema(
        operation_id="runs_disputes",
        responses={200: DisputeRow(many=True), 404: forms.Error},
    )
    def get(self, request: Request, run_id: UUID) -> Response:
        """Who doubts a run and why, newest first."""
        actor = caller(request)
        found = selectors.disputes_of(actor, runs.get_run_for(actor, run_id))
        return Response(DisputeRow(found, many=True).data)

    @extend_schema(
        operation_id="runs_dispute", request=DisputeRequest, responses={201: DisputeRow, **REFUSALS}
    )
    def post(self, request: Request, run_id: UUID) -> Response:
        """Say why a score is not to be believed. Its owner is told; the benchmark's owner decides."""
        actor = caller(request)
        made = services.open_dispute(actor, runs.get_run_for(actor, run_id), text_of(request, "reason"))
        return Response(DisputeRow(made).data, status=201)


class DisputeActs(APIView):
    @extend_schema(operation_id="disputes_act", request=DisputeAct, responses={200: DisputeRow, **REFUSALS})
    def post(self, request: Request, dispute_id: int, act: str) -> Response:
        """`answer` by the run's owner, `uphold` or `dismiss` by the benchmark's, `withdraw` by the one who
        opened it."""
        actor = caller(request)
        dispute = selectors.get_dispute_for(actor, dispute_id)
        if act == "answer":
            services.answer(actor, dispute, text_of(request, "text"))
        else:
            services.resolve(actor, dispute, act, text_of(request, "text"))
        return Response(DisputeRow(selectors.get_dispute_for(actor, dispute_id)).data)


class Published(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    url = serializers.CharField()


class RunPublish(APIView):
    @extend_schema(operation_id="runs_publish", request=None, responses={201: Published, **REFUSALS})
    def post(self, request: Request, run_id: UUID) -> Response:
        """Open a pull request that brings the score to the model's card; once a run."""
        actor = caller(request)
        run = runs.get_run_for(actor, run_id)
        made = publishing.publish(actor, run)
        return Response(
            {"number": made.number, "url": f"/{run.model_name}/discussions/{made.number}"}, status=201
        )


def text_of(request: Request, name: str) -> str:
    value = request.data.get(name, "") if isinstance(request.data, dict) else ""
    if not isinstance(value, str):
        raise InvalidInput(f"`{name}` must be a text.", field=name)
    return value
