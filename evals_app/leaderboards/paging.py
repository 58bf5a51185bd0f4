"""Pages of a board that cost the same at its head and in its middle."""

from __future__ import annotations

from functools import cached_property

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from evals_app.leaderboards import filters
from evals_app.leaderboards.filters import EntryFilter
from evals_app.leaderboards.models import Leaderboard, LeaderboardColumn, LeaderboardEntry


class BoardPaginator(Paginator):  # type: ignore[type-arg]
    """In the published order a page is a range of positions: nothing is counted, nothing skipped, and an
    entry that the reader may not see leaves its place empty. In any other order only ids are sorted."""

    def __init__(
        self,
        board: Leaderboard,
        entries: QuerySet[LeaderboardEntry],
        wanted: EntryFilter,
        columns: list[LeaderboardColumn],
        per_page: int,
    ) -> None:
        super().__init__(entries, per_page)
        self.board, self.entries, self.wanted, self.columns = board, entries, wanted, columns

    @cached_property
    def count(self) -> int:
        return self._ids().count() if self.wanted.is_set else self.board.entry_count

    def page(self, number: int | str) -> Page[LeaderboardEntry]:
        valid = self.validate_number(number)
        return Page(self._rows((valid - 1) * self.per_page), valid, self)

    def _rows(self, start: int) -> list[LeaderboardEntry]:
        end = start + self.per_page
        if not self.wanted.is_set and not self.wanted.sort:
            return list(self.entries.filter(position__gt=start, position__lte=end))
        ids = list(self._ids()[start:end])
        found = {entry.pk: entry for entry in self.entries.filter(pk__in=ids).order_by()}
        return [found[pk] for pk in ids if pk in found]

    def _ids(self) -> QuerySet[LeaderboardEntry, int]:
        return filters.apply(self.entries, self.wanted, self.columns).values_list("pk", flat=True)
