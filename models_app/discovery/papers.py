"""Papers as far as repositories cite them. The hub asks nobody outside, so an id is all that it knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from hub.accounts.actors import Actor
from hub.core.errors import NotFound
from models_app.cards.papers import PAPER_ID
from models_app.discovery.queries import ListQuery
from models_app.discovery.selectors import filtered
from models_app.repositories import listing
from models_app.repositories.models import Repository, RepositoryType

KIND, PREFIX = "arxiv", "arxiv:"
MOST_KNOWN = 5_000
LINKED = 12


@dataclass(frozen=True, slots=True)
class Paper:
    """`citing` counts repositories that the reader may see."""

    id: str
    citing: int

    @property
    def month(self) -> datetime | None:
        """When it was submitted, by its id: the first of the month."""
        year, month = 2000 + int(self.id[:2]), int(self.id[2:4])
        return datetime(year, month, 1, tzinfo=UTC) if 1 <= month <= 12 else None


@dataclass(frozen=True, slots=True)
class Cited:
    """A paper and the repositories that cite it, those most downloaded first, at most LINKED of each type."""

    paper: Paper
    models: list[Repository]
    datasets: list[Repository]
    model_count: int
    dataset_count: int


def search(actor: Actor, text: str, limit: int) -> list[Paper]:
    """Papers whose id begins with the text, or that repositories about it cite; most cited first."""
    text = text.strip()
    is_id = text[:1].isdigit() and not text.strip("0123456789.")
    rows = filtered(actor, ListQuery(text="" if is_id else text))
    known = listing.tag_counts(rows, KIND, MOST_KNOWN)
    papers = [Paper(tag.removeprefix(PREFIX), count) for tag, count in known]
    wanted = [p for p in papers if PAPER_ID.fullmatch(p.id) and (not is_id or p.id.startswith(text))]
    return wanted[:limit]


def get(actor: Actor, paper_id: str) -> Cited:
    """NotFound when nothing that the reader may see cites it. Four queries."""
    if not PAPER_ID.fullmatch(paper_id):
        raise NotFound("A paper is named by its arXiv id, such as 1706.03762.")
    models, model_count = _citing(actor, RepositoryType.MODEL, paper_id)
    datasets, dataset_count = _citing(actor, RepositoryType.DATASET, paper_id)
    if not model_count + dataset_count:
        raise NotFound(f"Nothing here cites arXiv:{paper_id}.")
    return Cited(Paper(paper_id, model_count + dataset_count), models, datasets, model_count, dataset_count)


def _citing(actor: Actor, type_: RepositoryType, paper_id: str) -> tuple[list[Repository], int]:
    rows = filtered(actor, ListQuery(type=type_, tags=(f"{PREFIX}{paper_id}",))).order_by("-downloads", "-pk")
    return list(rows.prefetch_related("tag_rows")[:LINKED]), rows.count()
