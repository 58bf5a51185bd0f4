"""/api/v1/usage"""

from __future__ import annotations

from datetime import timedelta

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evals_app.api import forms
from evals_app.api.authentication import caller
from evals_app.jobs import usage
from hub.accounts import policies
from hub.accounts import selectors as accounts
from hub.core import clock
from hub.core.errors import InvalidInput, NotFound

DEFAULT_DAYS = "30"
MOST_DAYS = 3660


class Usage(APIView):
    @extend_schema(
        operation_id="usage_get",
        parameters=[
            OpenApiParameter("owner", str, required=True),
            OpenApiParameter("days", int, description="Jobs of so many days; 30 if nothing is said."),
        ],
        responses={200: forms.Usage, 400: forms.Error, 404: forms.Error},
    )
    def get(self, request: Request) -> Response:
        """Device time, energy and cost of an owner's jobs; for those who see inside it."""
        owner = accounts.get_namespace(request.query_params.get("owner", ""))
        if not policies.may_see_inside(caller(request), owner):
            raise NotFound
        since = clock.now() - timedelta(days=_days(request.query_params.get("days", DEFAULT_DAYS)))
        used, spent = usage.usage_since(owner.pk, since), usage.spent_since(owner.pk, since)
        told = {
            "owner": owner.name,
            "jobs": used.jobs,
            "compute_seconds": used.seconds,
            "energy_joules": spent.energy_joules,
            "energy_is_estimated": spent.is_estimated,
            "costs": {currency: str(amount) for currency, amount in spent.costs},
        }
        return Response(forms.Usage(told).data)


def _days(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text[:9]) <= MOST_DAYS:
        raise InvalidInput(f"`days` must be a whole number from 1 to {MOST_DAYS}.", field="days")
    return int(text[:9])
