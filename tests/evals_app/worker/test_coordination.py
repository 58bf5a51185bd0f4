"""The worker of the installation itself follows what people want of it."""

from __future__ import annotations

import pytest

from evals_app.jobs import lent
from evals_app.worker.coordination import DatabaseCoordinator
from tests.factories.accounts import make_user
from tests.factories.jobs import make_evaluation, make_worker

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("wish", ["pause", "drain"])
def test_it_takes_nothing_until_it_is_resumed(wish: str) -> None:
    job = make_evaluation(make_user("alice"))
    worker = make_worker()
    coordinator = DatabaseCoordinator(worker, ["cpu"])
    lent.set_wish(None, worker, wish)
    assert coordinator.lease_next() is None
    lent.set_wish(None, worker, "run")
    lease = coordinator.lease_next()
    assert lease is not None
    assert lease.job_id == job.pk
