"""What is known about a repository, as rows beside its card."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from hub.accounts.actors import Actor
from models_app.repositories.access import visible_to
from models_app.repositories.models import Repository, RepositoryType

MAX_LISTED = 8


@dataclass(frozen=True, slots=True)
class Link:
    """A name; `url` is empty for what this hub does not hold, or the reader may not see."""

    label: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class DtypeShare:
    dtype: str
    count: int
    fraction: float


@dataclass(frozen=True, slots=True)
class Facts:
    """`tensors` are the parameters by number format, largest share first."""

    task: Link | None
    library: Link | None
    licence: Link | None
    languages: list[Link]
    tags: list[Link]
    base_models: list[Link]
    training_datasets: list[Link]
    architecture: str
    tensors: list[DtypeShare] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Related:
    """Repositories whose cards name this one."""

    title: str
    repositories: list[Repository]
    more_url: str


def facts_of(actor: Actor, repository: Repository) -> Facts:
    """One query, for which of the named models and datasets the reader can open."""
    card = repository.card_data
    base_models, datasets = texts(card.get("base_model")), texts(card.get("datasets"))
    known = _known(actor, base_models, datasets)
    plural = repository.type_.plural
    return Facts(
        task=_filter_link(plural, "task", repository.task),
        library=_filter_link(plural, "library", repository.library),
        licence=_filter_link(plural, "licence", repository.licence),
        languages=[Link(code, f"/{plural}?language={code}") for code in texts(card.get("language"))],
        tags=[Link(tag, f"/{plural}?tag={tag}") for tag in texts(card.get("tags"))],
        base_models=[Link(name, known.get(("model", name.lower()), "")) for name in base_models],
        training_datasets=[Link(name, known.get(("dataset", name.lower()), "")) for name in datasets],
        architecture=_architecture(repository),
        tensors=_tensors(repository),
    )


def related_to(actor: Actor, repository: Repository) -> list[Related]:
    """Models derived from this model, or trained on this dataset. One query."""
    is_model = repository.type == RepositoryType.MODEL
    tag = f"{'base_model' if is_model else 'dataset'}:{repository.full_id}"
    rows = visible_to(actor).filter(type=RepositoryType.MODEL, tag_rows__tag=tag)
    found = list(rows.exclude(pk=repository.pk).order_by("-downloads", "-pk")[:MAX_LISTED])
    title = _("Models made from this one") if is_model else _("Models trained on this dataset")
    return [Related(title, found, f"/models?tag={tag}")] if found else []


def texts(value: Any) -> list[str]:
    """What a card gives as one text or a list of them; anything else is left out."""
    values = value if isinstance(value, list) else [value]
    return [text for text in values if isinstance(text, str) and text][:MAX_LISTED]


def _filter_link(plural: str, facet: str, value: str) -> Link | None:
    return Link(value, f"/{plural}?{facet}={value}") if value else None


def _known(actor: Actor, models: list[str], datasets: list[str]) -> dict[tuple[str, str], str]:
    wanted = Q(pk__in=[])
    for kind, names in ((RepositoryType.MODEL, models), (RepositoryType.DATASET, datasets)):
        for full_id in names:
            namespace, _slash, name = full_id.lower().partition("/")
            wanted |= Q(type=kind, namespace__key=namespace, key=name)
    if not models and not datasets:
        return {}
    found = visible_to(actor).filter(wanted)
    return {(str(row.type), row.full_id.lower()): row.get_absolute_url() for row in found}


def _architecture(repository: Repository) -> str:
    named = texts(repository.config.get("architectures"))
    return named[0] if named else repository.file_facts.get("gguf", {}).get("architecture", "")


def _tensors(repository: Repository) -> list[DtypeShare]:
    counts = {dtype: int(count) for dtype, count in repository.parameters_by_dtype.items()}
    total = sum(counts.values()) or 1
    shares = [DtypeShare(dtype, count, count / total) for dtype, count in counts.items()]
    return sorted(shares, key=lambda share: -share.count)
