"""`manage.py queue` and `manage.py share`."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from evals_app.compute.models import Reservation, RunningLimit
from evals_app.compute.selectors import get_queue
from tests.factories.accounts import make_organization
from tests.factories.jobs import make_queues

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command(arguments[0], "--json", *arguments[1:], stdout=out)
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def test_queues_are_made_changed_and_paused() -> None:
    made = run(
        "queue", "create", "h100", "--device-class", "gpu", "--gpu-pattern", "*H100*", "--memory-gb", "80"
    )
    assert (made["gpu_pattern"], made["memory_gb"], made["devices"]) == ("*H100*", 80.0, None)
    assert run("queue", "change", "h100", "--devices", "8")["memory_gb"] == 80.0
    run("queue", "pause", "h100")
    assert get_queue("h100").is_paused
    run("queue", "resume", "h100")
    assert [queue["paused"] for queue in run("queue", "list")["queues"]] == [False]
    with pytest.raises(CommandError, match="lower-case"):
        run("queue", "create", "No Good", "--device-class", "cpu")


def test_shares_are_granted_and_shown() -> None:
    make_queues()
    make_organization("acme")
    run("share", "weight", "acme", "2.5")
    run("share", "budget", "acme", "gpu", "--soft", "80", "--hard", "100")
    run("share", "limit", "acme", "gpu", "4")
    assert RunningLimit.objects.get().most == 4
    number = run("share", "reserve", "acme", "gpu", "0.5", "--until", "2100-01-01T00:00")["id"]
    assert run("share", "show", "acme")["weight"] == 2.5
    run("share", "release", str(number))
    assert not Reservation.objects.exists()
    with pytest.raises(CommandError, match="is no time"):
        run("share", "reserve", "acme", "gpu", "0.5", "--until", "tomorrow")
