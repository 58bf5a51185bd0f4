"""Queues and workers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from evals_app.compute import selectors, services
from evals_app.compute.models import Worker
from evals_app.supervision import hardware
from hub.core.clock import now
from hub.core.errors import InvalidInput
from tests.factories.jobs import make_queues, make_worker

pytestmark = pytest.mark.django_db


def test_it_makes_the_default_queues_once() -> None:
    make_queues()
    make_queues()
    assert [queue.slug for queue in selectors.queues()] == ["cpu", "gpu"]


def test_it_names_the_queues_there_are() -> None:
    make_queues()
    with pytest.raises(InvalidInput, match="Queues: cpu, gpu"):
        selectors.get_queue("tpu")


def test_it_continues_the_row_of_a_worker_that_starts_again() -> None:
    first = make_worker()
    assert make_worker().pk == first.pk


def test_it_knows_which_workers_are_alive_and_what_they_serve() -> None:
    worker = make_worker("a@here", ("cpu",))
    make_worker("b@here", ("gpu",))
    assert selectors.serving_workers("cpu") == [worker]
    Worker.objects.filter(pk=worker.pk).update(heartbeat_at=now() - timedelta(minutes=1))
    assert selectors.serving_workers("cpu") == []
    assert services.heartbeat(worker.pk)
    assert selectors.serving_workers("cpu") == [worker]


def test_it_counts_equal_cards_together() -> None:
    answer = "NVIDIA H100, 81559\nNVIDIA H100, 81559\nNVIDIA L4, 23034\nbroken\n"
    assert [(card["name"], card["count"]) for card in hardware.parse_cards(answer)] == [
        ("NVIDIA H100", 2),
        ("NVIDIA L4", 1),
    ]
    assert hardware.devices()[0]["kind"] == "cpu"
