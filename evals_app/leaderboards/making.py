"""Boards that people make: which columns, how they are weighed, and who may see the board."""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evals_app.catalog import selectors as catalog
from evals_app.catalog.models import Benchmark
from evals_app.leaderboards import aggregate, policies
from evals_app.leaderboards.models import BoardVisibility, Leaderboard, LeaderboardColumn
from evals_app.leaderboards.services import free_slug
from hub.accounts import selectors as accounts
from hub.accounts.actors import Actor
from hub.accounts.models import Namespace
from hub.activity import services as activity
from hub.activity.things import Thing
from hub.core.enqueue import enqueue_after_commit
from hub.core.errors import InvalidInput, NotFound, PermissionRefused, Unauthenticated

MAX_TITLE = 200
MAX_DESCRIPTION = 4000
MAX_COLUMNS = 40
MAX_WEIGHT = 1000.0
NOT_YOURS = gettext_lazy("A leaderboard is changed by its owner; those of benchmarks the hub keeps itself.")
REFRESH = "evals_app.leaderboards.refresh"


@dataclass(frozen=True, slots=True)
class ColumnWish:
    benchmark: str
    task: str
    metric: str
    weight: float = 1.0
    group: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class BoardWish:
    title: str
    columns: Sequence[ColumnWish]
    description: str = ""
    visibility: str = BoardVisibility.PUBLIC
    has_aggregate: bool = False


@transaction.atomic
def create(actor: Actor, owner_name: str, wish: BoardWish) -> Leaderboard:
    """It fills after a moment, when a worker has ranked it. InvalidInput names the field."""
    if not actor.is_authenticated:
        raise Unauthenticated
    owner = accounts.get_namespace(owner_name)
    if not policies.may_make_for(actor, owner):
        raise PermissionRefused(_("You may make leaderboards for yourself and where you may write."))
    columns = _checked(actor, wish)
    board = Leaderboard(
        owner=owner,
        created_by=actor.user,
        title=wish.title,
        description=wish.description,
        visibility=wish.visibility,
        has_aggregate=wish.has_aggregate,
        wanted=1,
    )
    _save_under_a_free_address(board)
    _put_columns(board, columns)
    _tell("leaderboard.created", actor, board)
    return board


def _save_under_a_free_address(board: Leaderboard) -> None:
    """Somebody may take the readable one between the look and the row; the second has a random end."""
    text = f"{board.owner.name}-{board.title}"
    board.slug = free_slug(text, uuid.uuid4().hex)
    try:
        with transaction.atomic():
            board.save(force_insert=True)
    except IntegrityError:
        board.slug = free_slug(text, uuid.uuid4().hex)
        board.save(force_insert=True)


@transaction.atomic
def update(actor: Actor, board: Leaderboard, wish: BoardWish) -> None:
    """All of it at once. Its address stays."""
    _require(actor, board)
    columns = _checked(actor, wish)
    Leaderboard.objects.filter(pk=board.pk).update(
        title=wish.title,
        description=wish.description,
        visibility=wish.visibility,
        has_aggregate=wish.has_aggregate,
        wanted=F("wanted") + 1,
    )
    board.columns.all().delete()
    _put_columns(board, columns)
    _tell("leaderboard.changed", actor, board)


@transaction.atomic
def delete(actor: Actor, board: Leaderboard) -> None:
    """The runs stay; only this view of them goes."""
    _require(actor, board)
    _record("leaderboard.deleted", actor, board)
    board.delete()


def _require(actor: Actor, board: Leaderboard) -> None:
    if not policies.may_change(actor, board):
        raise PermissionRefused(str(NOT_YOURS))


def _checked(actor: Actor, wish: BoardWish) -> list[tuple[Benchmark, ColumnWish]]:
    if not wish.title.strip() or len(wish.title) > MAX_TITLE:
        raise InvalidInput(_("A title has 1 to %(most)d characters.") % {"most": MAX_TITLE}, field="title")
    if len(wish.description) > MAX_DESCRIPTION:
        raise InvalidInput(
            _("A description has at most %(most)d characters.") % {"most": MAX_DESCRIPTION},
            field="description",
        )
    if wish.visibility not in BoardVisibility.values:
        raise InvalidInput(_("A leaderboard is for everybody or for members."), field="visibility")
    if not 1 <= len(wish.columns) <= MAX_COLUMNS:
        raise InvalidInput(_("Choose 1 to %(most)d columns.") % {"most": MAX_COLUMNS}, field="columns")
    keys = {(c.benchmark.lower(), c.task, c.metric) for c in wish.columns}
    if len(keys) < len(wish.columns):
        raise InvalidInput(_("A column stands on a board once."), field="columns")
    return [(_checked_column(actor, wish, column), column) for column in wish.columns]


def _checked_column(actor: Actor, wish: BoardWish, column: ColumnWish) -> Benchmark:
    namespace, _slash, name = column.benchmark.partition("/")
    try:
        benchmark = catalog.get_benchmark(actor, namespace, name)
    except NotFound:
        raise InvalidInput(
            _("There is no benchmark %(name)s.") % {"name": column.benchmark[:100]}, field="columns"
        ) from None
    metric = _metric(benchmark, column)
    words = {"metric": column.metric, "benchmark": column.benchmark}
    is_hidden = benchmark.repository.is_private and not benchmark.is_held_out
    if is_hidden and wish.visibility == BoardVisibility.PUBLIC:
        raise InvalidInput(
            _("%(benchmark)s is private: a leaderboard for everybody cannot show it.") % words,
            field="columns",
        )
    if not (math.isfinite(column.weight) and 0 < column.weight <= MAX_WEIGHT):
        raise InvalidInput(_("A weight is a number above 0, at most 1000."), field="columns")
    if wish.has_aggregate and not aggregate.can_be_scaled(metric.get("range")):
        raise InvalidInput(
            _("%(metric)s of %(benchmark)s has no worst value, so it cannot enter a mean.") % words,
            field="columns",
        )
    return benchmark


def _metric(benchmark: Benchmark, column: ColumnWish) -> dict[str, Any]:
    version = catalog.current_version(benchmark)
    tasks = catalog.tasks_of(version) if version is not None else []
    metrics = [metric for task in tasks if task.name == column.task for metric in task.metrics]
    found = next((metric for metric in metrics if metric["name"] == column.metric), None)
    if found is None:
        raise InvalidInput(
            _("%(benchmark)s has no metric %(metric)s in a task %(task)s.")
            % {"benchmark": column.benchmark, "metric": column.metric, "task": column.task},
            field="columns",
        )
    return found


def _put_columns(board: Leaderboard, columns: Sequence[tuple[Benchmark, ColumnWish]]) -> None:
    LeaderboardColumn.objects.bulk_create(
        LeaderboardColumn(
            leaderboard=board,
            position=position,
            benchmark=benchmark,
            task=wish.task,
            metric=wish.metric,
            weight=wish.weight,
            group=(wish.group or benchmark.title)[:120],
            label=wish.label[:120],
        )
        for position, (benchmark, wish) in enumerate(columns)
    )


def _tell(verb: str, actor: Actor, board: Leaderboard) -> None:
    _record(verb, actor, board)
    enqueue_after_commit(REFRESH, board.pk)


def _record(verb: str, actor: Actor, board: Leaderboard) -> None:
    activity.record(
        verb,
        actor=actor,
        thing=Thing("leaderboard", str(board.pk), board.title, board.get_absolute_url()),
        namespace_id=board.owner_id,
        is_public=False,
    )


def owners_for(actor: Actor) -> list[Namespace]:
    """Where the person may make boards, their own namespace first."""
    if actor.user is None:
        return []
    places = [actor.user.namespace, *(row.organization for row in accounts.organizations_of(actor.user))]
    return [place for place in places if policies.may_make_for(actor, place)]
