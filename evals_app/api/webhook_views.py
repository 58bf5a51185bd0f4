"""/api/v1/webhooks: what was sent, and sending it again. Webhooks are made by the protocol of the clients."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evals_app.api import forms
from evals_app.api.authentication import caller
from evals_app.api.paging import NewestFirst
from hub.webhooks import selectors, services
from hub.webhooks.models import Delivery

REFUSALS = {401: forms.Error, 403: forms.Error, 404: forms.Error}


class DeliveryRow(serializers.ModelSerializer[Delivery]):
    """`status` and `answer` are what the receiver said last; `event_id` is null for one sent again."""

    state = serializers.CharField(help_text="waiting, delivered or failed")

    class Meta:
        model = Delivery
        fields = [
            "id", "event_id", "state", "attempts", "next_attempt_at", "status", "answer", "created_at",
            "finished_at", "payload",
        ]  # fmt: skip


class DeliveryList(ListAPIView[Delivery]):
    pagination_class = NewestFirst
    serializer_class = DeliveryRow

    def get_queryset(self) -> QuerySet[Delivery]:
        if getattr(self, "swagger_fake_view", False):
            return Delivery.objects.none()
        owner = services.owner_of(caller(self.request), writes=False)
        return selectors.deliveries_of(selectors.get(owner, self.kwargs["webhook_id"]))

    @extend_schema(operation_id="webhooks_deliveries", responses={200: DeliveryRow(many=True), **REFUSALS})
    def get(self, request: Request, webhook_id: str) -> Response:  # noqa: ARG002
        """What one of your webhooks sent in the last 30 days, newest first."""
        return self.list(request)


class DeliveryReplay(APIView):
    @extend_schema(
        operation_id="webhooks_replay",
        request=None,
        responses={201: DeliveryRow, 409: forms.Error, **REFUSALS},
    )
    def post(self, request: Request, webhook_id: str, delivery_id: int) -> Response:
        """Send a message once more, as a delivery of its own. 409 while the webhook is disabled."""
        actor = caller(request)
        webhook = selectors.get(services.owner_of(actor), webhook_id)
        again = services.replay(actor, selectors.get_delivery(webhook, delivery_id))
        return Response(DeliveryRow(again).data, status=201)
