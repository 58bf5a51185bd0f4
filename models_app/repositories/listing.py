"""What lists of repositories stand on: tags as conditions and counts, counters as columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import Count, Q, QuerySet

from models_app.repositories.models import Repository, RepositoryTag

BATCH = 500
COUNTERS = frozenset({"likes", "recent_likes", "downloads", "downloads_all_time", "trending"})


def with_any_tag(rows: QuerySet[Repository], tags: Iterable[str]) -> QuerySet[Repository]:
    """Rows with at least one of the tags; a subquery, since joins of several tags multiply rows."""
    holders = RepositoryTag.objects.filter(tag__in=list(tags)).values("repository_id")
    return rows.filter(pk__in=holders)


def tag_counts(rows: QuerySet[Repository], kind: str, limit: int) -> list[tuple[str, int]]:
    """Tags of one kind among the rows, the most frequent first. One query."""
    found = RepositoryTag.objects.filter(kind=kind, repository__in=rows.order_by().values("pk"))
    counted = found.values_list("tag").annotate(n=Count("pk")).order_by("-n", "tag")
    return list(counted[:limit])


def holders_of(rows: QuerySet[Repository], tags: Iterable[str]) -> list[tuple[str, int]]:
    """How many of the rows have each of the tags; tags that none has are left out. One query."""
    found = RepositoryTag.objects.filter(tag__in=list(tags), repository__in=rows.order_by().values("pk"))
    return list(found.order_by().values_list("tag").annotate(n=Count("pk")))


def tags_by_kind(rows: QuerySet[Repository], limit: int) -> list[tuple[str, str]]:
    """Pairs of kind and tag in use among the rows, by kind and tag. One query."""
    found = RepositoryTag.objects.filter(repository__in=rows.order_by().values("pk"))
    return list(found.values_list("kind", "tag").distinct().order_by("kind", "tag")[:limit])


def tags_of(repository: Repository, kinds: Iterable[str]) -> list[str]:
    """Its tags of these kinds, in order. One query."""
    found = RepositoryTag.objects.filter(repository=repository, kind__in=list(kinds))
    return list(found.order_by("tag").values_list("tag", flat=True))


def counters_of(ids: Iterable[int]) -> dict[int, dict[str, float]]:
    """Counters that time changes of the repositories, and of all where it may change them yet."""
    names = ("downloads", "downloads_all_time", "recent_likes", "trending")
    wanted = sorted(ids)
    moving = Repository.objects.filter(Q(trending__gt=0) | Q(recent_likes__gt=0))
    found = {row["pk"]: row for row in moving.values("pk", *names)}
    for start in range(0, len(wanted), BATCH):
        rows = Repository.objects.filter(pk__in=wanted[start : start + BATCH]).values("pk", *names)
        found.update((row["pk"], row) for row in rows)
    return {pk: {name: row[name] for name in names} for pk, row in found.items()}


def set_counters(values: Mapping[int, Mapping[str, float]]) -> None:
    """Write counter columns by repository id; other columns, `updated_at` among them, stay."""
    rows = []
    for pk, counters in values.items():
        assert counters.keys() <= COUNTERS
        rows.append(Repository(pk=pk, **counters))
    columns = sorted({name for counters in values.values() for name in counters})
    if rows:
        Repository.objects.bulk_update(rows, columns, batch_size=BATCH)
