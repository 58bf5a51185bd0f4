"""What a refresh changed, written down: who entered, was measured again, left, and why."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from evals_app.leaderboards.models import (
    BoardVisibility,
    ChangeKind,
    Leaderboard,
    LeaderboardChange,
    LeaderboardEntry,
)
from models_app.repositories import access

BATCH = 2000


@dataclass(frozen=True, slots=True)
class Stood:
    run_id: UUID
    model_id: int | None
    model_name: str
    value: float | None
    rank: int | None
    is_public: bool
    is_external: bool


# By whether it is external, and its name.
Standings = dict[tuple[bool, str], Stood]


def standing_now(board: Leaderboard) -> Standings:
    """By the model's name, which outlives the model; an external one may be called like one here."""
    rows = LeaderboardEntry.objects.filter(leaderboard=board).values_list(
        *("run_id", "run__model_id", "run__model_name", "value", "rank"),
        *("run__model__visibility", "run__is_external", "run__is_private"),
    )
    found = {}
    for run, model, name, value, rank, visibility, is_external, is_private in rows.iterator(BATCH):
        is_public = not is_private if is_external else visibility == "public"
        found[is_external, name] = Stood(run, model, name, value, rank, is_public, is_external)
    return found


def record(board: Leaderboard, before: Standings) -> None:
    after = standing_now(board)
    rows = [_arrived(board, stood, before.get(key)) for key, stood in after.items()]
    rows += [_withdrawn(board, stood) for key, stood in before.items() if key not in after]
    LeaderboardChange.objects.bulk_create([row for row in rows if row is not None], batch_size=BATCH)


def _arrived(board: Leaderboard, stood: Stood, old: Stood | None) -> LeaderboardChange | None:
    if old is not None and (old.run_id, old.value) == (stood.run_id, stood.value):
        return None
    return LeaderboardChange(
        leaderboard=board,
        kind=ChangeKind.ENTERED if old is None else ChangeKind.MEASURED_AGAIN,
        model_id=stood.model_id,
        model_name=stood.model_name,
        run_id=stood.run_id,
        old_value=old.value if old else None,
        value=stood.value,
        old_rank=old.rank if old else None,
        rank=stood.rank,
        is_public=stood.is_public,
    )


def _withdrawn(board: Leaderboard, stood: Stood) -> LeaderboardChange:
    reason, is_public = _why(board, stood)
    return LeaderboardChange(
        leaderboard=board,
        kind=ChangeKind.WITHDRAWN,
        model_id=stood.model_id,
        model_name=stood.model_name,
        run_id=stood.run_id,
        old_value=stood.value,
        old_rank=stood.rank,
        reason=reason,
        is_public=is_public,
    )


def _why(board: Leaderboard, stood: Stood) -> tuple[str, bool]:
    """A deletion is told with the name, as long as the model was public until then."""
    if stood.is_external:
        return "recipe-changed", stood.is_public
    if stood.model_id is None:
        return "model-deleted", _was_public(board, stood)
    if not stood.is_public and board.visibility == BoardVisibility.PUBLIC:
        return "model-private", False
    model = access.get_repository_numbered(stood.model_id)
    return ("model-disabled" if model.is_disabled else "recipe-changed"), stood.is_public


def _was_public(board: Leaderboard, stood: Stood) -> bool:
    last = LeaderboardChange.objects.filter(leaderboard=board, model_name=stood.model_name)
    return bool(last.order_by("-id").values_list("is_public", flat=True).first())


def follow_visibility(repository_id: int) -> None:
    """What was told of a model follows its visibility."""
    model = access.get_repository_numbered(repository_id)
    LeaderboardChange.objects.filter(model=model).update(is_public=not model.is_private)
