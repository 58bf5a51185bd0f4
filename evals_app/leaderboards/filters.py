"""Which entries of a board a reader wants to see, and in which order. Ranks stay those of the whole board."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import F, FilteredRelation, Q, QuerySet

from evals_app.leaderboards.models import LeaderboardColumn, LeaderboardEntry

# Upper bounds of a model's size, in parameters, that a reader chooses from.
SIZES = (100_000_000, 1_000_000_000, 10_000_000_000, 100_000_000_000)
FIELDS = {
    "organization": "run__model__namespace__name",
    "licence": "run__model__licence",
    "library": "run__model__library",
    "precision": "run__settings__dtype",
    "state": "run__state",
    "external": "run__is_external",
}
EXTERNAL = {"no": False, "yes": True}
SORTS = {"size": "run__model__parameters", "model": "run__model_name", "measured": "-run__created_at"}


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Empty means any. A model of unknown size is left out where a size is asked for. `external` is "yes"
    or "no". `sort` is the number of a column, a name of SORTS, or empty for the published order."""

    organization: str = ""
    licence: str = ""
    library: str = ""
    precision: str = ""
    state: str = ""
    external: str = ""
    most_parameters: int | None = None
    sort: str = ""

    @property
    def is_set(self) -> bool:
        return bool(self.most_parameters or any(getattr(self, name) for name in FIELDS))


@dataclass(frozen=True, slots=True)
class EntryChoices:
    """The values that occur, so that no choice leads to an empty board by itself."""

    organizations: list[str]
    licences: list[str]
    libraries: list[str]
    precisions: list[str]
    states: list[str]
    externals: list[str]


def apply(
    entries: QuerySet[LeaderboardEntry], wanted: EntryFilter, columns: list[LeaderboardColumn]
) -> QuerySet[LeaderboardEntry]:
    for name, path in FIELDS.items():
        if value := getattr(wanted, name):
            entries = entries.filter(**{path: EXTERNAL.get(value) if name == "external" else value})
    if wanted.precision:
        # What was ordered of a model elsewhere says nothing of how it computes.
        entries = entries.filter(run__is_external=False)
    if wanted.most_parameters:
        entries = entries.filter(run__model__parameters__lte=wanted.most_parameters)
    return _sorted(entries, wanted.sort, columns)


def _sorted(
    entries: QuerySet[LeaderboardEntry], sort: str, columns: list[LeaderboardColumn]
) -> QuerySet[LeaderboardEntry]:
    """The best first; models without the value stand last."""
    column = next((column for column in columns if str(column.pk) == sort), None)
    if column is not None:
        cell: Any = FilteredRelation("cells", condition=Q(cells__column=column))
        value = F("sorted_cell__value")
        order = value.desc if column.higher_is_better else value.asc
        return entries.annotate(sorted_cell=cell).order_by(order(nulls_last=True), "position")
    if sort in SORTS:
        path = F(SORTS[sort].lstrip("-"))
        order = path.desc if SORTS[sort].startswith("-") else path.asc
        return entries.order_by(order(nulls_last=True), "position")
    return entries.order_by("position")


def choices_in(entries: QuerySet[LeaderboardEntry]) -> EntryChoices:
    """One query."""
    rows = list(entries.order_by().values_list(*FIELDS.values()).distinct())
    columns = zip(*rows, strict=True) if rows else [()] * len(FIELDS)
    return EntryChoices(
        *(sorted({str(value) for value in values if value not in (None, "")}) for values in columns)
    )
