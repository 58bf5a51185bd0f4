from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache

from hub.accounts.actors import ANONYMOUS
from hub.core import clock
from hub.core.errors import PermissionRefused, Unauthenticated
from models_app.discovery import selectors, services, trending
from models_app.discovery.models import DownloadDay
from models_app.worker.discovery_tasks import roll_up_downloads
from tests.factories.accounts import actor_for, token_actor


@pytest.fixture(autouse=True)
def _forget() -> None:
    cache.clear()


def test_it_likes_once_and_takes_it_back(alice, bob, acme, shelf) -> None:
    row = shelf(acme, "r")
    for person in (alice, bob, bob):
        services.like(actor_for(person), row)
    row.refresh_from_db()
    assert row.likes == 2
    assert selectors.likes_it(actor_for(bob), row)
    assert [like.full_id for like in selectors.likes_of(ANONYMOUS, bob).likes] == ["acme/r"]
    assert [like.user for like in selectors.likers_of(row)] == [bob, alice]
    services.unlike(actor_for(bob), row)
    row.refresh_from_db()
    assert row.likes == 1
    assert not selectors.likes_it(actor_for(bob), row)


def test_it_asks_who_likes(alice, acme, shelf) -> None:
    row = shelf(acme, "r")
    with pytest.raises(Unauthenticated):
        services.like(ANONYMOUS, row)
    with pytest.raises(PermissionRefused):
        services.like(token_actor(alice, "read"), row)


def test_it_hides_likes_of_what_one_may_not_see(alice, bob, acme, shelf) -> None:
    row = shelf(acme, "r", visibility="private")
    services.like(actor_for(alice), row)
    assert selectors.likes_of(actor_for(bob), alice).likes == []
    assert selectors.profile_counts(actor_for(bob), alice.namespace).likes == 0
    assert selectors.profile_counts(actor_for(alice), alice.namespace).likes == 1


def test_it_counts_one_download_for_all_files_of_a_snapshot(acme, shelf) -> None:
    row = shelf(acme, "r")
    assert [services.count_download(row, who) for who in ("a", "a", "b", "a")] == [True, False, True, False]
    assert DownloadDay.objects.get(repository=row).count == 2


def test_it_rolls_days_up_into_columns(alice, acme, shelf, django_assert_max_num_queries) -> None:
    today = clock.now().date()
    busy, old, quiet = shelf(acme, "busy"), shelf(acme, "old", trending=9.0), shelf(acme, "quiet")
    updated_at = busy.updated_at
    for row, days_ago, count in ((busy, 0, 9), (busy, 20, 5), (busy, 40, 100), (old, 300, 7)):
        DownloadDay.objects.create(repository=row, day=today - timedelta(days=days_ago), count=count)
    services.like(actor_for(alice), quiet)
    with django_assert_max_num_queries(10):
        assert roll_up_downloads() == 3
    for row in (busy, old, quiet):
        row.refresh_from_db()
    assert (busy.downloads, busy.downloads_all_time, busy.trending) == (14, 114, 3.0)
    assert (old.downloads, old.downloads_all_time, old.trending) == (0, 7, 0.0)
    assert quiet.trending == trending.LIKE_WEIGHT
    assert busy.updated_at == updated_at
    assert roll_up_downloads() == 0


def test_it_scores_what_is_new_and_liked() -> None:
    assert trending.score(recent_likes=0, recent_downloads=0) == 0
    assert trending.score(recent_likes=1, recent_downloads=0) > trending.score(
        recent_likes=0, recent_downloads=4
    )
    assert trending.score(recent_likes=0, recent_downloads=10_000) == 100
