from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from evals_app.jobs.models import Job
from evals_app.jobs.usage import Share, usage_since
from hub.core import clock
from tests.factories.accounts import make_organization, make_user
from tests.factories.jobs import make_evaluation

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme():
    alice, bob = make_user("alice"), make_user("bob")
    acme = make_organization("acme", admin=alice, members={bob: "write"})
    first = make_evaluation(acme)
    for seconds, user, age in ((50.0, bob, 0), (7.0, alice, 0), (1000.0, bob, 90)):
        copy = Job.objects.get(pk=first.pk)
        copy.pk, copy.submitted_by, copy.compute_seconds = uuid4(), user, seconds
        copy.save(force_insert=True)
        Job.objects.filter(pk=copy.pk).update(created_at=clock.now() - timedelta(days=age))
    Job.objects.filter(pk=first.pk).update(compute_seconds=3.0)
    return acme


def test_it_adds_up_by_kind_and_member_since_a_moment(acme, django_assert_num_queries):
    with django_assert_num_queries(2):
        usage = usage_since(acme.pk, clock.now() - timedelta(days=30))
    assert (usage.jobs, usage.seconds) == (3, 60.0)
    assert usage.by_kind == [Share("Evaluation", 3, 60.0)]
    assert usage.by_member == [Share("bob", 1, 50.0), Share("alice", 2, 10.0)]


def test_an_owner_without_jobs_used_nothing():
    usage = usage_since(make_user("carol").namespace_id, clock.now() - timedelta(days=30))
    assert (usage.jobs, usage.seconds, usage.by_kind, usage.by_member) == (0, 0, [], [])
