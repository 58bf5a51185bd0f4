"""Which entries of a board a reader wants to see. Ranks stay those of the whole board."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from evals_app.leaderboards.models import LeaderboardEntry

# Upper bounds of a model's size, in parameters, that a reader chooses from.
SIZES = (100_000_000, 1_000_000_000, 10_000_000_000, 100_000_000_000)


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Empty means any. A model of unknown size is left out where a size is asked for."""

    organization: str = ""
    licence: str = ""
    most_parameters: int | None = None

    @property
    def is_set(self) -> bool:
        return bool(self.organization or self.licence or self.most_parameters)

    def keeps(self, entry: LeaderboardEntry) -> bool:
        model = entry.run.model
        if model is None:
            return not self.is_set
        size_fits = self.most_parameters is None or (
            model.parameters is not None and model.parameters <= self.most_parameters
        )
        return (
            self.organization in ("", model.namespace.name)
            and self.licence in ("", model.licence)
            and size_fits
        )


@dataclass(frozen=True, slots=True)
class EntryChoices:
    organizations: list[str]
    licences: list[str]


def choices_in(entries: Iterable[LeaderboardEntry]) -> EntryChoices:
    """The values that occur, so that no choice leads to an empty board by itself."""
    models = [entry.run.model for entry in entries if entry.run.model is not None]
    return EntryChoices(
        organizations=sorted({model.namespace.name for model in models}),
        licences=sorted({model.licence for model in models if model.licence}),
    )
