"""`manage.py job` and `compute_setup`."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from evals_app.jobs import services
from evals_app.jobs.exchange import LogText
from hub.accounts.models import User
from tests.factories.accounts import make_user
from tests.factories.jobs import evaluation_request, make_evaluation, make_worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return make_user("alice")


def manage(*arguments: Any) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_it_makes_the_queues() -> None:
    assert manage("compute_setup") == manage("compute_setup") == "Queues: cpu, gpu\n"


def test_it_submits_shows_and_cancels(alice: User, tmp_path: Path) -> None:
    make_evaluation(alice)
    file = tmp_path / "request.json"
    file.write_text(json.dumps(evaluation_request("alice", "alice/m", "alice/translation")))
    job = manage("job", "submit", str(file), "--as", "alice").split()[-1]
    assert "state: queued" in manage("job", "show", job)
    assert json.loads(manage("job", "--json", "show", job))["owner"] == "alice"
    assert job in manage("job", "list", "--state", "queued")
    assert manage("job", "cancel", job, "--as", "alice") == f"{job}: cancelled\n"


def test_it_prints_the_log(alice: User) -> None:
    job = make_evaluation(alice)
    lease = services.lease_next(make_worker(), ["cpu"])
    assert lease is not None
    services.heartbeat(lease.job_id, lease.lease, events=[LogText("one\n"), LogText("two\n")])
    assert manage("job", "log", str(job.pk)) == "one\ntwo\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("submit", "{", "--as", "alice"), "not JSON"),
        (("submit", "/none.json", "--as", "alice"), "No such file"),
        (("submit", "{}", "--as", "alice"), "`kind` must be one of"),
        (("submit", "{}", "--as", "nobody-here"), "no user called"),
        (("show", "nonsense"), "no job nonsense"),
    ],
)
def test_it_refuses_in_one_sentence(alice: User, arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        manage("job", *arguments)
