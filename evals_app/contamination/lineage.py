"""What a model learned from, as its card and those of its ancestors say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hub.core.errors import RepositoryNotFound
from models_app.repositories import access, listing
from models_app.repositories.models import Repository, RepositoryType

# Cards may name each other in a ring, and anybody may write one.
MOST_GENERATIONS = 10
MOST_SOURCES = 100


@dataclass(frozen=True, slots=True)
class Source:
    """A dataset that the hub holds. `through` is the ancestor whose card names it, None for the model's own;
    `distance` counts the fine-tunings between."""

    dataset: Repository
    through: Repository | None
    distance: int


def training_data(model: Repository) -> list[Source]:
    """The nearest mention of each dataset, at most a hundred. Two queries a generation, one a name."""
    found: dict[int, Source] = {}
    known, generation = {model.pk}, [model]
    for distance in range(MOST_GENERATIONS):
        parents: list[Repository] = []
        for member in generation:
            datasets, bases = named_by(member)
            for dataset in existing(RepositoryType.DATASET, datasets):
                through = member if distance else None
                found.setdefault(dataset.pk, Source(dataset, through, distance))
            parents += [base for base in existing(RepositoryType.MODEL, bases) if base.pk not in known]
            known |= {parent.pk for parent in parents}
        if not parents or len(found) >= MOST_SOURCES:
            break
        generation = parents[:MOST_SOURCES]
    return list(found.values())[:MOST_SOURCES]


def named_by(model: Repository) -> tuple[list[str], list[str]]:
    """Names of datasets and of base models in the card."""
    tags = listing.tags_of(model, ("dataset", "base_model"))
    names: dict[str, list[str]] = {"dataset": [], "base_model": []}
    for tag in tags:
        kind, _, name = tag.partition(":")
        # `base_model:adapter:name` says the same once more, with the relation.
        if ":" not in name:
            names[kind].append(name)
    return names["dataset"], names["base_model"]


def existing(type_: RepositoryType, names: Iterable[str]) -> list[Repository]:
    found = []
    for name in list(names)[:MOST_SOURCES]:
        try:
            found.append(access.get_repository_named(type_, name))
        except RepositoryNotFound:
            continue
    return found
