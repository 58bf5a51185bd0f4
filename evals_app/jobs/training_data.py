"""What can be told of training data before a job: whether the engine would find any."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from django.utils.translation import gettext as _

from evals_app import splits
from hub.core.errors import InvalidInput
from models_app.repositories import selectors as repositories
from models_app.repositories.models import Repository

# Names that are looked at: what lies behind so many others is left to the engine to find.
MOST_NAMES = 50_000


def refuse_missing(repository: Repository, commit: str, train_file: str) -> None:
    """InvalidInput with the remedy for a commit with neither the named file nor files of a train split, such
    as the empty one that a repository begins with."""
    named = repositories.find_many(repository, commit, [train_file])
    if any(entry.path == train_file and not entry.is_directory for entry in named):
        return
    looked_at = 0
    for name in islice(_names(repository, commit), MOST_NAMES):
        if splits.is_of(name, splits.TRAIN):
            return
        looked_at += 1
    if looked_at == MOST_NAMES:
        return
    raise InvalidInput(
        _(
            "%(dataset)s holds neither %(file)s nor a train split at commit %(commit)s. Upload one as "
            "data/train.parquet (%(endings)s are read), or name the file to train on as "
            "`settings.train_file`."
        )
        % {
            "dataset": repository.full_id,
            "file": train_file or "data/train.parquet",
            "commit": commit[:7],
            "endings": ", ".join(splits.ENDINGS),
        },
        field="dataset",
    )


def _names(repository: Repository, commit: str) -> Iterator[str]:
    after: str | None = ""
    while after is not None:
        page = repositories.list_tree(repository, commit, recursive=True, after=after)
        yield from (entry.path for entry in page.entries if not entry.is_directory)
        after = page.next_after
