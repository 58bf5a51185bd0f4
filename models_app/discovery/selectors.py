"""Lists of repositories: filters, orders, pages, facets; who likes what.

Everything starts from what the actor may see, so private repositories of others cannot be
listed, counted or guessed from a facet.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Value, Window
from django.db.models.functions import Concat, RowNumber

from hub.accounts.actors import Actor
from hub.accounts.models import Namespace, NamespaceKind, User
from hub.core.errors import InvalidInput
from models_app.discovery import text_search
from models_app.discovery.models import Like
from models_app.discovery.queries import (
    MAX_LIMIT,
    SORT_COLUMNS,
    Cursor,
    Facets,
    FacetValue,
    ListPage,
    ListQuery,
    read_cursor,
)
from models_app.repositories import listing
from models_app.repositories.access import visible_to
from models_app.repositories.models import Gating, Repository, RepositoryType

FACET_VALUES = 30
MAX_TAGS = 5000


def list_repositories(actor: Actor, query: ListQuery) -> ListPage:
    """One page, in two queries (rows, tags). Raises InvalidInput for a bad cursor."""
    cursor = read_cursor(query.cursor, query.sort)
    limit = max(1, min(query.limit, MAX_LIMIT))
    rows = after_cursor(ordered(filtered(actor, query), query.sort), cursor, query.sort)
    found = list(rows.prefetch_related("tag_rows")[: limit + 1])
    if len(found) <= limit:
        return ListPage(found)
    last = found[limit - 1]
    return ListPage(found[:limit], str(Cursor(query.sort, sort_value(last, query.sort), last.pk)))


def count(actor: Actor, query: ListQuery) -> int:
    return filtered(actor, query).count()


def filtered(actor: Actor, query: ListQuery) -> QuerySet[Repository]:
    rows = visible_to(actor)
    columns: dict[str, Any] = {
        "type": query.type,
        "namespace__key": query.author.lower(),
        "task": query.task,
        "library": query.library,
        "licence": query.licence,
    }
    rows = rows.filter(**{column: value for column, value in columns.items() if value})
    for tag in (*query.tags, *([f"language:{query.language}"] if query.language else [])):
        rows = tagged(rows, tag)
    if query.gated is not None:
        rows = rows.exclude(gating=Gating.OPEN) if query.gated else rows.filter(gating=Gating.OPEN)
    if query.min_parameters is not None:
        rows = rows.filter(parameters__gte=query.min_parameters)
    if query.max_parameters is not None:
        rows = rows.filter(parameters__lte=query.max_parameters)
    return text_search.matching(named(rows, query.search), query.text)


def tagged(rows: QuerySet[Repository], tag: str) -> QuerySet[Repository]:
    """Rows with the tag; models are asked for languages by the bare word, too."""
    return listing.with_any_tag(rows, [tag] if ":" in tag else [tag, f"language:{tag.lower()}"])


def named(rows: QuerySet[Repository], parts: tuple[str, ...]) -> QuerySet[Repository]:
    words = [word for part in parts for word in part.lower().split()]
    if words:
        rows = rows.alias(full_key=Concat("namespace__key", Value("/"), "key"))
    for word in words:
        rows = rows.filter(Q(full_key__contains=word))
    return rows


def ordered(rows: QuerySet[Repository], sort: str) -> QuerySet[Repository]:
    column = SORT_COLUMNS[sort]
    if sort == "name":
        return rows.order_by("key", "-pk")
    if sort in {"parameters", "size"}:
        rows = rows.filter(**{f"{column}__isnull": False})
    return rows.order_by(f"-{column}", "-pk")


def sort_value(row: Repository, sort: str) -> Any:
    value = getattr(row, SORT_COLUMNS[sort])
    return value.isoformat() if isinstance(value, datetime) else value


def after_cursor(rows: QuerySet[Repository], cursor: Cursor | None, sort: str) -> QuerySet[Repository]:
    """Rows beyond the cursor, as one range of the order's index; equal values go by id."""
    if cursor is None:
        return rows
    column, step = SORT_COLUMNS[sort], "gt" if sort == "name" else "lt"
    value = cursor_value(cursor)
    within = Q(**{f"{column}__{step}": value}) | Q(**{column: value, "pk__lt": cursor.row})
    return rows.filter(Q(**{f"{column}__{step}e": value}) & within)


def cursor_value(cursor: Cursor) -> Any:
    expected = {"updated": str, "created": str, "name": str}.get(cursor.sort, (int, float))
    if not isinstance(cursor.value, expected):
        raise InvalidInput("The cursor is not one that this hub gave for this list.")
    if cursor.sort not in {"updated", "created"}:
        return cursor.value
    try:
        return datetime.fromisoformat(str(cursor.value))
    except ValueError:
        raise InvalidInput("The cursor is not one that this hub gave for this list.") from None


# --- Facets --------------------------------------------------------------------------------------


def facets(actor: Actor, query: ListQuery) -> Facets:
    """Counts for each facet under all the other conditions, so that a choice can be changed. Five queries."""
    languages = listing.tag_counts(filtered(actor, replace(query, language="")), "language", FACET_VALUES)
    return Facets(
        tasks=column_counts(filtered(actor, replace(query, task="")), "task"),
        libraries=column_counts(filtered(actor, replace(query, library="")), "library"),
        licences=column_counts(filtered(actor, replace(query, licence="")), "licence"),
        languages=[FacetValue(tag.removeprefix("language:"), n) for tag, n in languages],
        organizations=column_counts(
            filtered(actor, replace(query, author="")).filter(namespace__kind=NamespaceKind.ORGANIZATION),
            "namespace__name",
        ),
    )


def column_counts(rows: QuerySet[Repository], column: str) -> list[FacetValue]:
    counted = rows.exclude(**{column: ""}).order_by().values_list(column).annotate(n=Count("pk"))
    return [FacetValue(value, n) for value, n in counted.order_by("-n", column)[:FACET_VALUES]]


def tags_in_use(actor: Actor, type_: str) -> list[tuple[str, str]]:
    """Pairs of kind and tag among what the actor sees. One query."""
    return listing.tags_by_kind(visible_to(actor).filter(type=type_), MAX_TAGS)


def derived_counts(actor: Actor, full_ids: Iterable[str]) -> dict[str, int]:
    """How many models that the actor sees name each of these as what they were made from. One query."""
    tags = {f"base_model:{full_id}": full_id for full_id in full_ids}
    seen = visible_to(actor).filter(type=RepositoryType.MODEL)
    return {tags[tag]: n for tag, n in listing.holders_of(seen, tags)}


def best_of_each_task(actor: Actor, type_: str, most: int) -> dict[str, list[str]]:
    """Full names of the most downloaded repositories by task. One query."""
    place = Window(RowNumber(), partition_by="task", order_by=[F("downloads").desc(), F("pk").desc()])
    rows = visible_to(actor).filter(type=type_).exclude(task="").annotate(place=place)
    found: dict[str, list[str]] = {}
    for row in rows.filter(place__lte=most).order_by("task", "place"):
        found.setdefault(row.task, []).append(row.full_id)
    return found


# --- Profiles and likes --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProfileCounts:
    models: int
    datasets: int
    likes: int


@dataclass(frozen=True, slots=True)
class LikedRepository:
    full_id: str
    type: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class LikePage:
    likes: list[LikedRepository]
    next_cursor: str = ""


def profile_counts(actor: Actor, namespace: Namespace) -> ProfileCounts:
    """What of the namespace the actor sees, and how much its person likes. Two queries."""
    counted = (
        visible_to(actor).filter(namespace=namespace).order_by().values_list("type").annotate(n=Count("pk"))
    )
    by_type: dict[str, int] = dict(counted)
    return ProfileCounts(
        models=by_type.get(RepositoryType.MODEL, 0),
        datasets=by_type.get(RepositoryType.DATASET, 0),
        likes=Like.objects.filter(user__namespace=namespace, repository__in=visible_to(actor)).count(),
    )


def likes_of(actor: Actor, user: User, *, after: int = 0, limit: int = 100) -> LikePage:
    """The person's likes among what the actor may see, newest first. One query."""
    rows = Like.objects.filter(user=user, repository__in=visible_to(actor)).order_by("-pk")
    rows = rows.filter(pk__lt=after) if after else rows
    found = list(rows.select_related("repository__namespace")[: limit + 1])
    likes = [
        LikedRepository(row.repository.full_id, row.repository.type, row.created_at) for row in found[:limit]
    ]
    return LikePage(likes, str(found[limit - 1].pk) if len(found) > limit else "")


def likers_of(repository: Repository) -> QuerySet[Like]:
    """Likes with their users, newest first."""
    return repository.like_rows.select_related("user__namespace").order_by("-pk")


def likes_it(actor: Actor, repository: Repository) -> bool:
    return actor.user is not None and Like.objects.filter(user=actor.user, repository=repository).exists()
