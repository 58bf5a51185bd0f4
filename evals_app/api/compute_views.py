"""/api/v1: queues, and what owners may use of them."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from evals_app.api import forms
from evals_app.api.authentication import caller
from evals_app.compute import budgets, lending, policies, shares
from evals_app.compute import selectors as compute
from evals_app.compute import services as compute_services
from evals_app.compute.models import Queue
from evals_app.compute.services import QueueSettings
from evals_app.jobs import lent
from evals_app.jobs import services as jobs
from hub.accounts import selectors as accounts
from hub.accounts.actors import Actor
from hub.accounts.models import Namespace
from hub.core.errors import InvalidInput, NotFound

SETTINGS = [field.name for field in fields(QueueSettings)]


class QueueList(APIView):
    @extend_schema(operation_id="queues_list", responses=forms.QueueRow(many=True))
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Where jobs wait, and for which hardware."""
        return Response(forms.QueueRow(compute.queues(), many=True).data)

    @extend_schema(
        operation_id="queues_create",
        request=forms.QueueRequest,
        responses={201: forms.QueueDetail, 400: forms.Error, 403: forms.Error, 409: forms.Error},
    )
    def post(self, request: Request) -> Response:
        """For operators: a new queue. Workers that name it serve it."""
        actor = caller(request)
        policies.require_operator(actor)
        given = _valid(forms.QueueRequest, request.data)
        settings = QueueSettings(**_settings(given))
        queue = compute_services.create_queue(given["slug"], settings, actor=actor)
        return Response(forms.QueueDetail(_pause(actor, queue, given)).data, status=201)


class QueueDetail(APIView):
    @extend_schema(operation_id="queues_get", responses={200: forms.QueueDetail, 404: forms.Error})
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """One queue, with who runs and waits there and what share of it their weights give them."""
        return Response(forms.QueueDetail(_queue(slug)).data)

    @extend_schema(
        operation_id="queues_change",
        request=forms.QueueChange,
        responses={200: forms.QueueDetail, 400: forms.Error, 403: forms.Error, 404: forms.Error},
    )
    def patch(self, request: Request, slug: str) -> Response:
        """For operators: change, pause or resume a queue. What runs goes on."""
        queue, actor = _queue(slug), caller(request)
        policies.require_operator(actor)
        given = _valid(forms.QueueChange, request.data)
        settings = replace(compute_services.settings_of(queue), **_settings(given))
        queue = compute_services.change_queue(queue, settings, actor=actor)
        return Response(forms.QueueDetail(_pause(actor, queue, given)).data)


class BudgetDetail(APIView):
    @extend_schema(operation_id="budgets_get", responses={200: forms.BudgetDetail, 404: forms.Error})
    def get(self, request: Request, owner: str) -> Response:
        """What an owner used, lent and has left this month. For its members."""
        return Response(_budget(_owner(request, owner)))

    @extend_schema(
        operation_id="budgets_set",
        request=forms.BudgetChange,
        responses={200: forms.BudgetDetail, 400: forms.Error, 403: forms.Error, 404: forms.Error},
    )
    def put(self, request: Request, owner: str) -> Response:
        """For operators: the limits of one class of devices."""
        namespace = _owner(request, owner)
        policies.require_operator(caller(request))
        budgets.set_budget(namespace, **_valid(forms.BudgetChange, request.data), actor=caller(request))
        return Response(_budget(namespace))


class WorkerDetail(APIView):
    @extend_schema(operation_id="workers_get", responses={200: forms.WorkerRow, 404: forms.Error})
    def get(self, request: Request, worker_id: UUID) -> Response:
        """One worker: what it has, and what people want of it."""
        return Response(forms.WorkerRow(lending.find_worker(caller(request), worker_id)).data)

    @extend_schema(
        operation_id="workers_change",
        request=forms.WorkerWish,
        responses={200: forms.WorkerRow, 400: forms.Error, 403: forms.Error, 404: forms.Error},
    )
    def patch(self, request: Request, worker_id: UUID) -> Response:
        """For operators, and for administrators of the organization that lends it: `run`, `pause` (take
        nothing for now) or `drain` (end what runs, then stop)."""
        worker = lending.find_worker(caller(request), worker_id)
        lending.require_manager(caller(request), worker)
        lent.set_wish(caller(request), worker, _valid(forms.WorkerWish, request.data)["wish"])
        worker.refresh_from_db()
        return Response(forms.WorkerRow(worker).data)


class TrustedLenderList(APIView):
    @extend_schema(
        operation_id="trusted_lenders_get", responses={200: forms.TrustedLenders, 404: forms.Error}
    )
    def get(self, request: Request, owner: str) -> Response:
        """On whose lent machines private jobs of an owner may run. For its members."""
        return Response({"lenders": lending.trusted_lenders(_owner(request, owner))})

    @extend_schema(
        operation_id="trusted_lenders_set",
        request=forms.TrustedLenders,
        responses={200: forms.TrustedLenders, 400: forms.Error, 403: forms.Error, 404: forms.Error},
    )
    def put(self, request: Request, owner: str) -> Response:
        """For administrators of the owner: these organizations, in place of those named before."""
        namespace = _owner(request, owner)
        names = _valid(forms.TrustedLenders, request.data)["lenders"]
        return Response({"lenders": lending.trust_lenders(caller(request), namespace, names)})


def _queue(slug: str) -> Queue:
    try:
        return compute.get_queue(slug)
    except InvalidInput as error:
        raise NotFound(error.message) from None


def _owner(request: Request, name: str) -> Namespace:
    namespace = accounts.get_namespace(name)
    if not policies.may_see_budget(caller(request), namespace):
        raise NotFound
    return namespace


def _budget(owner: Namespace) -> dict[str, Any]:
    facts = {
        "owner": owner.name,
        "weight": shares.weights_of([owner.pk])[owner.pk],
        "budgets": budgets.accounts_of(owner.pk),
        "by_member": budgets.times_by_member(owner.pk),
    }
    return dict(forms.BudgetDetail(facts).data)


def _settings(given: dict[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in SETTINGS if name in given}


def _pause(actor: Actor, queue: Queue, given: dict[str, Any]) -> Queue:
    if "paused" in given:
        compute_services.set_paused(queue, paused=given["paused"], actor=actor)
        queue.refresh_from_db()
        jobs.wake_idle_workers()
    return queue


def _valid(form: type[Serializer[Any]], data: Any) -> dict[str, Any]:
    """InvalidInput names the first field that is wrong or not known."""
    if not isinstance(data, dict):
        raise InvalidInput("The body must be a JSON object.")
    checked = form(data=data)
    unknown = [name for name in data if name not in checked.fields]
    if unknown:
        known = ", ".join(checked.fields)
        raise InvalidInput(f"`{unknown[0]!s:.40}` is not known. Known: {known}.", field=str(unknown[0])[:40])
    if not checked.is_valid():
        name, said = next(iter(checked.errors.items()))
        raise InvalidInput(f"`{name}`: {said[0]}", field=name)
    return dict(checked.validated_data)
