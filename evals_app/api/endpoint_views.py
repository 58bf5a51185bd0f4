"""/api/v1: external endpoints, and the calls that running jobs make to them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evals_app.api import forms
from evals_app.api.authentication import caller
from evals_app.catalog import endpoints
from evals_app.catalog.endpoints import Wish
from evals_app.catalog.models import EndpointApi
from evals_app.jobs import selectors as jobs
from hub.core.errors import InvalidInput, TooLarge

MAX_ROWS = 500
MAX_CALL_BYTES = 4_000_000


class EndpointRow(serializers.Serializer[Any]):
    """The key goes in and never comes out."""

    id = serializers.CharField(source="full_id")
    base_url = serializers.CharField()
    model = serializers.CharField()
    api = serializers.ChoiceField(choices=EndpointApi.choices)
    tokenizer = serializers.CharField()
    context = serializers.IntegerField()  # type: ignore[assignment]  # not the framework's
    created_at = serializers.DateTimeField()


class EndpointRequest(serializers.Serializer[Any]):
    owner = serializers.CharField()
    name = serializers.CharField()
    base_url = serializers.CharField()
    model = serializers.CharField()
    api = serializers.ChoiceField(choices=EndpointApi.choices, default="chat")
    key = serializers.CharField(default="", allow_blank=True)
    tokenizer = serializers.CharField(default="", allow_blank=True)
    context = serializers.IntegerField(default=4096)  # type: ignore[assignment]


class EndpointList(APIView):
    @extend_schema(operation_id="endpoints_list", responses=EndpointRow(many=True))
    def get(self, request: Request) -> Response:
        """Models behind other addresses that you may have measured."""
        return Response(EndpointRow(endpoints.visible_to(caller(request))[:MAX_ROWS], many=True).data)

    @extend_schema(
        operation_id="endpoints_create",
        request=EndpointRequest,
        responses={201: EndpointRow, 400: forms.Error, 403: forms.Error, 409: forms.Error},
    )
    def post(self, request: Request) -> Response:
        """Register one. Its key is kept encrypted and is shown to nobody."""
        form = EndpointRequest(data=request.data)
        if not form.is_valid():
            name, reasons = next(iter(form.errors.items()))
            raise InvalidInput(f"`{name}`: {reasons[0]}", field=name)
        made = endpoints.create(caller(request), Wish(**form.validated_data))
        return Response(EndpointRow(made).data, status=201)


class EndpointDetail(APIView):
    @extend_schema(operation_id="endpoints_delete", responses={204: None, 403: forms.Error, 404: forms.Error})
    def delete(self, request: Request, namespace: str, name: str) -> Response:
        """Its runs stay."""
        actor = caller(request)
        endpoints.delete(actor, endpoints.get_for(actor, f"{namespace}/{name}"))
        return Response(status=204)


class EndpointCall(APIView):
    @extend_schema(exclude=True)
    def post(self, request: Request, job_id: UUID, api: str) -> HttpResponse:
        """For the engine of a running job, with the job's own token: the answer as the server gave it."""
        endpoint = jobs.endpoint_of_running(caller(request), job_id)
        body: bytes = request.stream.read(MAX_CALL_BYTES + 1) if request.stream else b""
        if len(body) > MAX_CALL_BYTES:
            raise TooLarge(f"A call may hold at most {MAX_CALL_BYTES} bytes.")
        answer = endpoints.call(endpoint, api.partition("/")[0], body)
        return HttpResponse(answer.text, status=answer.status, content_type="application/json")
