"""/api/v1/schedules"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evals_app.api import forms
from evals_app.api.authentication import caller
from evals_app.api.paging import NewestFirst
from evals_app.schedules import selectors, services
from evals_app.schedules.models import Schedule, ScheduleRun
from hub.core.errors import InvalidInput

TEXTS = ("name", "trigger", "cron", "time_zone", "missed_runs", "watch", "tell")
FIELDS = (*TEXTS, "debounce_seconds", "allow_overlap", "request")
REFUSALS = {400: forms.Error, 403: forms.Error, 404: forms.Error}


class NewestRuns(CursorPagination):
    page_size = 30
    page_size_query_param = "limit"
    max_page_size = 200
    ordering = "-id"


class ScheduleList(ListAPIView[Schedule]):
    pagination_class = NewestFirst
    serializer_class = forms.ScheduleRow

    def get_queryset(self) -> QuerySet[Schedule]:
        visible = selectors.schedules_visible_to(caller(self.request))
        owner = self.request.query_params.get("owner", "")
        return visible.filter(owner__key=owner.lower()) if owner else visible

    @extend_schema(operation_id="schedules_list", parameters=[OpenApiParameter("owner", str)])
    def get(self, request: Request) -> Response:
        """Those of your namespaces, newest first."""
        return self.list(request)

    @extend_schema(
        operation_id="schedules_create",
        request=forms.ScheduleRequest,
        responses={201: forms.ScheduleDetail, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        """Submit a job request again and again: on a calendar, or when a repository or a benchmark changes.
        It must be one that would be accepted now."""
        schedule = services.create(caller(request), **_fields(request.data, required=("name", "request")))
        return Response(forms.ScheduleDetail(schedule).data, status=201)


class ScheduleDetail(APIView):
    @extend_schema(operation_id="schedules_get", responses={200: forms.ScheduleDetail, 404: forms.Error})
    def get(self, request: Request, schedule_id: UUID) -> Response:
        """One schedule, with its next dates."""
        return Response(forms.ScheduleDetail(selectors.get_schedule_for(caller(request), schedule_id)).data)

    @extend_schema(
        operation_id="schedules_change",
        request=forms.ScheduleChange,
        responses={200: forms.ScheduleDetail, **REFUSALS},
    )
    def patch(self, request: Request, schedule_id: UUID) -> Response:
        """Change what is given, leave the rest. Whoever changes it becomes the one it runs as."""
        actor = caller(request)
        schedule = selectors.get_schedule_for(actor, schedule_id)
        changed = services.update(actor, schedule, **_fields(request.data))
        return Response(forms.ScheduleDetail(changed).data)

    @extend_schema(operation_id="schedules_delete", responses={204: None, 403: forms.Error, 404: forms.Error})
    def delete(self, request: Request, schedule_id: UUID) -> Response:
        """Jobs that came of it stay."""
        actor = caller(request)
        services.delete(actor, selectors.get_schedule_for(actor, schedule_id))
        return Response(status=204)


class SchedulePause(APIView):
    @extend_schema(
        operation_id="schedules_pause", request=None, responses={200: forms.ScheduleDetail, 403: forms.Error}
    )
    def post(self, request: Request, schedule_id: UUID) -> Response:
        """Submit nothing until it is resumed."""
        actor = caller(request)
        schedule = services.pause(actor, selectors.get_schedule_for(actor, schedule_id))
        return Response(forms.ScheduleDetail(schedule).data)


class ScheduleResume(APIView):
    @extend_schema(
        operation_id="schedules_resume", request=None, responses={200: forms.ScheduleDetail, 403: forms.Error}
    )
    def post(self, request: Request, schedule_id: UUID) -> Response:
        """Go on from the next date or event; what was missed is not made up for."""
        actor = caller(request)
        schedule = services.resume(actor, selectors.get_schedule_for(actor, schedule_id))
        return Response(forms.ScheduleDetail(schedule).data)


class ScheduleRunNow(APIView):
    @extend_schema(
        operation_id="schedules_run", request=None, responses={201: forms.JobDetail, 403: forms.Error}
    )
    def post(self, request: Request, schedule_id: UUID) -> Response:
        """Submit its job now; the calendar stays as it is. Of a suite the first job is told; all of them
        stand in the runs of the schedule."""
        actor = caller(request)
        jobs = services.run_now(actor, selectors.get_schedule_for(actor, schedule_id))
        return Response(forms.JobDetail(jobs[0]).data, status=201)


class ScheduleRuns(ListAPIView[ScheduleRun]):
    pagination_class = NewestRuns
    serializer_class = forms.ScheduleRunRow

    def get_queryset(self) -> QuerySet[ScheduleRun]:
        if getattr(self, "swagger_fake_view", False):
            return ScheduleRun.objects.none()
        schedule = selectors.get_schedule_for(caller(self.request), self.kwargs["schedule_id"])
        return selectors.history_of(schedule)

    @extend_schema(operation_id="schedules_runs")
    def get(self, request: Request, schedule_id: UUID) -> Response:  # noqa: ARG002
        """Each time it came round, and what came of it; the newest 500 are kept."""
        return self.list(request)


def _fields(data: Any, *, required: tuple[str, ...] = ()) -> dict[str, Any]:
    """The fields of `schedules.drafts.Draft`, of the types it wants. InvalidInput names the field."""
    if not isinstance(data, Mapping):
        raise InvalidInput("The body must be a JSON object.")
    for name in data:
        if name not in FIELDS:
            raise InvalidInput(f"`{name}` is not known. Known: {', '.join(FIELDS)}.", field=str(name))
    for name in required:
        if name not in data:
            raise InvalidInput(f"`{name}` is missing.", field=name)
    for name, value in data.items():
        _check(name, value)
    return dict(data)


def _check(name: str, value: Any) -> None:
    if name in TEXTS and not isinstance(value, str):
        raise InvalidInput(f"`{name}` must be a text.", field=name)
    if name == "allow_overlap" and not isinstance(value, bool):
        raise InvalidInput(f"`{name}` must be true or false.", field=name)
    if name == "debounce_seconds" and (not isinstance(value, int) or isinstance(value, bool)):
        raise InvalidInput(f"`{name}` must be a whole number.", field=name)
