"""Likes and downloads: small writes that must be cheap, and the counters they end in."""

from __future__ import annotations

from datetime import date, timedelta

from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q, QuerySet, Sum

from hub.accounts.actors import Actor
from hub.accounts.models import User
from hub.core import clock
from hub.core.errors import PermissionRefused, Unauthenticated
from models_app.discovery import trending
from models_app.discovery.models import DownloadDay, Like
from models_app.repositories import access, listing
from models_app.repositories.access import Need
from models_app.repositories.models import Repository

# One person or machine fetching the files of one snapshot is one download.
SAME_DOWNLOAD_SECONDS = 300
COUNTED_DAYS = 30


def like(actor: Actor, repository: Repository) -> None:
    """Likes once; again is no error. Raises Unauthenticated, PermissionRefused for a reading token."""
    user = _person(actor, repository)
    with transaction.atomic():
        Like.objects.get_or_create(user=user, repository=repository)
        _count_likes(repository)


def unlike(actor: Actor, repository: Repository) -> None:
    user = _person(actor, repository)
    with transaction.atomic():
        Like.objects.filter(user=user, repository=repository).delete()
        _count_likes(repository)


def _person(actor: Actor, repository: Repository) -> User:
    if actor.user is None:
        raise Unauthenticated
    if not access.can(actor, repository, Need.CONTRIBUTE):
        raise PermissionRefused("This token may not like repositories.")
    return actor.user


def _count_likes(repository: Repository) -> None:
    """Counted, not added to: two likes at the same moment cannot leave a wrong number for long."""
    recent = Q(created_at__gt=clock.now() - timedelta(days=COUNTED_DAYS))
    counted = Like.objects.filter(repository=repository).aggregate(
        likes=Count("pk"), recent_likes=Count("pk", filter=recent)
    )
    repository.likes, repository.recent_likes = counted["likes"], counted["recent_likes"]
    listing.set_counters({repository.pk: counted})


def count_download(repository: Repository, who: str) -> bool:
    """Note a download by `who` (a client's address or a user's name); False when it was noted in the
    last SAME_DOWNLOAD_SECONDS. One or two writes to one row, or none."""
    if not cache.add(f"download:{repository.pk}:{who}", 1, SAME_DOWNLOAD_SECONDS):
        return False
    _add_to_day(repository, clock.now().date())
    return True


def _add_to_day(repository: Repository, day: date) -> None:
    if _increment(repository, day):
        return
    try:
        with transaction.atomic():
            DownloadDay.objects.create(repository=repository, day=day, count=1)
    except IntegrityError:  # another process made the day's row in between
        _increment(repository, day)


def _increment(repository: Repository, day: date) -> bool:
    return bool(DownloadDay.objects.filter(repository=repository, day=day).update(count=F("count") + 1))


def roll_up() -> int:
    """Bring the counter columns up to date with the day rows; returns how many repositories changed.

    A handful of queries and a batched write, whatever the number of downloads.
    """
    today = clock.now().date()
    days = DownloadDay.objects.order_by()
    all_time = _sums(days)
    month = _sums(days.filter(day__gt=today - timedelta(days=COUNTED_DAYS)))
    week = _sums(days.filter(day__gt=today - timedelta(days=trending.WINDOW_DAYS)))
    likes, recent_likes = _likes(trending.WINDOW_DAYS), _likes(COUNTED_DAYS)
    known = listing.counters_of(all_time.keys() | recent_likes.keys())
    fresh = {
        pk: {
            "downloads": month.get(pk, 0),
            "downloads_all_time": all_time.get(pk, 0),
            "recent_likes": recent_likes.get(pk, 0),
            "trending": trending.score(recent_likes=likes.get(pk, 0), recent_downloads=week.get(pk, 0)),
        }
        for pk in known
    }
    changed = {pk: counters for pk, counters in fresh.items() if counters != known[pk]}
    listing.set_counters(changed)
    return len(changed)


def _likes(days: int) -> dict[int, int]:
    rows = Like.objects.filter(created_at__gt=clock.now() - timedelta(days=days))
    return dict(rows.order_by().values_list("repository").annotate(n=Count("pk")))


def _sums(days: QuerySet[DownloadDay]) -> dict[int, int]:
    return dict(days.values_list("repository").annotate(n=Sum("count")))
