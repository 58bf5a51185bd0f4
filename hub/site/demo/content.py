"""Data sets and benchmarks of the demo, committed as a client would: large files first, then one commit."""

from __future__ import annotations

import hashlib
import io
import platform
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import django
import pyarrow as pa
import pyarrow.parquet as pq

from hub.accounts.actors import Actor
from hub.core.errors import Conflict, NotFound
from hub.site.demo import cards, corpora, people
from hub.site.demo.cards import Benchmark, Counts
from hub.site.demo.corpora import TEST, TRAIN, VALIDATION, Pair
from hub.site.demo.names import (
    CHINESE,
    DOCUMENTATION,
    FIRST_LINES,
    FRENCH,
    SUMMARIES,
    TEXTS,
    TO_CHINESE,
    TO_FRENCH,
)
from hub.site.demo.sets import ReadySet
from models_app.commits import services as commits
from models_app.commits.operations import AddFile, AddLargeFile, Operation
from models_app.content import services as large_content
from models_app.discovery import services as discovery
from models_app.discussions import selectors as discussions
from models_app.discussions import services as talk
from models_app.repositories import access, large_files
from models_app.repositories import services as repositories
from models_app.repositories.models import Repository

DATASET = "dataset"
Splits = dict[str, list[Pair]]


@dataclass(frozen=True, slots=True)
class Corpus:
    """A data set, and the benchmark made of its test split. `columns` are two for pairs, one for texts."""

    full_id: str
    benchmark_id: str
    rows: Callable[[], list[Pair]]
    test: int
    validation: int
    columns: tuple[str, ...]
    card: Callable[[Counts], str]
    benchmark: Benchmark
    version: str


CORPORA = (
    Corpus(
        FRENCH, TO_FRENCH, lambda: corpora.catalogue_pairs("fr"), 100, 50, ("source", "target"),
        lambda counts: cards.translation_corpus("French", "fr", counts),
        cards.translation_benchmark("French", "fr", FRENCH), django.get_version(),
    ),
    Corpus(
        CHINESE, TO_CHINESE, lambda: corpora.catalogue_pairs("zh_Hans"), 100, 50, ("source", "target"),
        lambda counts: cards.translation_corpus("Chinese", "zh", counts),
        cards.translation_benchmark("Chinese", "zh", CHINESE), django.get_version(),
    ),
    Corpus(
        TEXTS, DOCUMENTATION, corpora.docstring_texts, 60, 60, ("text",),
        cards.documentation_corpus, cards.documentation_benchmark(TEXTS), platform.python_version(),
    ),
    Corpus(
        SUMMARIES, FIRST_LINES, corpora.docstring_pairs, 80, 60, ("source", "target"),
        cards.summary_corpus, cards.summary_benchmark(SUMMARIES), platform.python_version(),
    ),
)  # fmt: skip


def ensure(corpus: Corpus) -> bool:
    """Make the data set and its benchmark where they are missing or empty. True when something was made."""
    actor = people.actor()
    missing = [full_id for full_id in (corpus.full_id, corpus.benchmark_id) if not _is_filled(actor, full_id)]
    if not missing:
        return False
    parts = corpora.split(corpus.rows(), test=corpus.test, validation=corpus.validation)
    if corpus.full_id in missing:
        _commit(actor, corpus.full_id, _corpus_files(corpus, parts), "Texts from the installed package")
    if corpus.benchmark_id in missing:
        _commit(actor, corpus.benchmark_id, _benchmark_files(corpus, parts), "Benchmark from the test split")
    return True


def ensure_ready(ready: ReadySet) -> bool:
    """Make a benchmark with texts of its own, or a suite, where it is missing. True when it was made."""
    if _is_filled(people.actor(), ready.full_id):
        return False
    files = [("README.md", ready.card().encode()), (ready.declaration_name, ready.declaration.encode())]
    files += [(path, _written(pa.Table.from_pylist(rows))) for path, rows in ready.rows.items()]
    summary = "Texts written for this benchmark"
    _commit(people.actor(), ready.full_id, files, summary, private=ready.is_held_out)
    return True


def ensure_talk() -> None:
    """Likes, and a discussion about what the data leave open."""
    for username, full_id in (
        ("demo", FRENCH), ("wei", FRENCH), ("amara", FRENCH), ("wei", CHINESE), ("demo", CHINESE),
        ("ines", TEXTS), ("tomas", TO_FRENCH), ("wei", TO_FRENCH),
    ):  # fmt: skip
        actor = people.actor(username)
        discovery.like(actor, access.get_repository_for(actor, DATASET, full_id))
    corpus = access.get_repository_for(people.actor("wei"), DATASET, FRENCH)
    if discussions.list_for(corpus).exists():
        return
    opened = talk.open(
        people.actor("wei"),
        corpus,
        title="Should placeholders count as words?",
        description=(
            "Many texts hold placeholders such as `%(name)s`. BLEU's tokenizer takes them apart, so a model "
            "that copies them well gains several points without translating anything. Should the next "
            "version of the benchmark replace them by one symbol?"
        ),
    )
    talk.comment(
        people.actor("tomas"),
        opened,
        "Copying them right is part of the work: a translation that loses `%(name)s` breaks the page. I "
        "would keep them, and look at **chrF** first, where they weigh less.",
    )


def _is_filled(actor: Actor, full_id: str) -> bool:
    try:
        # The first commit is the empty one that a new repository begins with.
        return access.get_repository_for(actor, DATASET, full_id).commit_count > 1
    except NotFound:
        return False


def _corpus_files(corpus: Corpus, parts: Splits) -> Iterator[tuple[str, bytes]]:
    counts = Counts(len(parts[TRAIN]), len(parts[VALIDATION]), len(parts[TEST]), corpus.version)
    yield "README.md", corpus.card(counts).encode()
    for name, rows in parts.items():
        yield f"data/{name}.parquet", _parquet(corpus, rows)


def _benchmark_files(corpus: Corpus, parts: Splits) -> Iterator[tuple[str, bytes]]:
    yield "README.md", corpus.benchmark.card(len(parts[TEST])).encode()
    yield "benchmark.yaml", corpus.benchmark.declaration.encode()
    yield "data/test.parquet", _parquet(corpus, parts[TEST])


def _parquet(corpus: Corpus, rows: Iterable[Pair]) -> bytes:
    found = list(rows)
    columns = {corpus.columns[0]: [row.source for row in found]}
    if len(corpus.columns) == 2:
        columns[corpus.columns[1]] = [row.target for row in found]
    columns["origin"] = [row.origin for row in found]
    return _written(pa.table(columns))


def _written(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def _commit(
    actor: Actor, full_id: str, files: Iterable[tuple[str, bytes]], summary: str, *, private: bool = False
) -> None:
    try:
        repository = repositories.create(actor, DATASET, full_id, private=private)
    except Conflict:
        repository = access.get_repository_for(actor, DATASET, full_id)
    operations = [_operation(repository, path, content) for path, content in files]
    commits.commit(actor, repository, "main", operations, summary=summary)


def _operation(repository: Repository, path: str, content: bytes) -> Operation:
    if not path.endswith(".parquet"):
        return AddFile(path, content)
    sha256 = hashlib.sha256(content).hexdigest()
    large_content.receive_blob([content], sha256, len(content))
    large_files.link(repository, sha256)
    return AddLargeFile(path, sha256, len(content))
