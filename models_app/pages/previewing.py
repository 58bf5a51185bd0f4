"""Chooses how a file is shown, and reads no more of it than its preview needs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.core.cache import cache
from django.utils.safestring import SafeString

from models_app.pages import addresses
from models_app.pages.rendering import render_markdown
from models_app.previews import parquet, safetensors, tables, text
from models_app.previews.kinds import FileKind, ending_of, kind_of
from models_app.previews.reading import read_start
from models_app.previews.tables import TablePreview
from models_app.previews.text import HighlightedText
from models_app.repositories import selectors
from models_app.repositories.models import Repository
from models_app.repositories.types import Content, TreeEntry

MAX_IMAGE_BYTES = 20_000_000
# A header is at most this long to be listed tensor by tensor.
MAX_TENSOR_HEADER = 8_000_000
MAX_TENSORS = 2_000
PREVIEW_CACHE_SECONDS = 3600
DATA_KINDS = {FileKind.PARQUET, FileKind.CSV, FileKind.JSON_LINES}


@dataclass(frozen=True, slots=True)
class TensorPreview:
    """`total` is the number of tensors in the file; `tensors` are the first of them."""

    tensors: list[safetensors.Tensor]
    total: int
    parameters: int
    metadata: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Preview:
    """At most one of the fields is set; with none the file is only offered for download."""

    kind: FileKind
    markdown: SafeString | None = None
    code: HighlightedText | None = None
    table: TablePreview | None = None
    tensors: TensorPreview | None = None
    image_url: str = ""
    audio_url: str = ""


@dataclass(frozen=True, slots=True)
class DataFile:
    path: str
    url: str
    table: TablePreview


def preview_of(
    repository: Repository, revision: str, entry: TreeEntry, *, as_source: bool = False
) -> Preview:
    """What the file page shows. `as_source` asks for the text of what would be rendered."""
    kind = kind_of(entry.path)
    content = selectors.open_content(repository, entry)
    if kind == FileKind.PICKLE:
        return Preview(kind)
    if kind == FileKind.IMAGE and not (as_source and ending_of(entry.path) == "svg"):
        url = addresses.resolve(repository, revision, entry.path)
        return Preview(kind, image_url=url if entry.size <= MAX_IMAGE_BYTES else "")
    if kind == FileKind.AUDIO:
        return Preview(kind, audio_url=addresses.resolve(repository, revision, entry.path))
    if kind == FileKind.SAFETENSORS:
        return Preview(kind, tensors=tensors_of(content))
    if kind in DATA_KINDS and not as_source and (table := table_of(kind, entry.path, content)):
        return Preview(kind, table=table)
    return _text(repository, revision, entry, content, as_source=as_source)


def _text(
    repository: Repository, revision: str, entry: TreeEntry, content: Content, *, as_source: bool
) -> Preview:
    kind = kind_of(entry.path)
    complete = entry.size <= text.MAX_SHOWN_BYTES
    found = text.decode(read_start(content.read, content.size, text.MAX_SHOWN_BYTES), complete=complete)
    if found is None:
        return Preview(FileKind.OTHER)
    if kind == FileKind.MARKDOWN and not as_source:
        return Preview(kind, markdown=render_markdown(repository, revision, entry.path, found))
    shown = FileKind.TEXT if kind == FileKind.OTHER else kind
    return Preview(shown, code=_highlighted(entry, found, truncated=not complete))


def _highlighted(entry: TreeEntry, found: str, *, truncated: bool) -> HighlightedText:
    key = f"source:{entry.oid}:{hashlib.sha256(entry.name.encode()).hexdigest()}"
    kept: HighlightedText | None = cache.get(key)
    if kept is None:
        kept = text.highlight(entry.path, found, truncated=truncated)
        cache.set(key, kept, PREVIEW_CACHE_SECONDS)
    return kept


def table_of(kind: FileKind, path: str, content: Content) -> TablePreview | None:
    """The first rows; kept by content, since the bytes behind an etag never change."""
    key = f"table-preview:{content.etag}:{kind}"
    # A file that cannot be read is remembered too: trying again costs most.
    kept: tuple[TablePreview | None] | None = cache.get(key)
    if kept is None:
        kept = (_read_table(kind, path, content),)
        cache.set(key, kept, PREVIEW_CACHE_SECONDS)
    return kept[0]


def _read_table(kind: FileKind, path: str, content: Content) -> TablePreview | None:
    if kind == FileKind.PARQUET:
        return parquet.page(content.read, content.size)
    if kind == FileKind.JSON_LINES:
        return tables.read_json_lines(content.read, content.size)
    delimiter = "\t" if ending_of(path) == "tsv" else ","
    return tables.read_csv(content.read, content.size, delimiter=delimiter)


def tensors_of(content: Content) -> TensorPreview | None:
    try:
        header = safetensors.read_header(content.read, content.size, limit=MAX_TENSOR_HEADER)
    except safetensors.BadHeader:
        return None
    return TensorPreview(
        header.tensors[:MAX_TENSORS],
        len(header.tensors),
        header.parameters,
        [(name, value[:200]) for name, value in header.metadata.items()][:20],
    )


def first_data_file(repository: Repository) -> DataFile | None:
    """The first rows of a dataset's first table: of `train` where a file is named so."""
    if not repository.head:
        return None
    page = selectors.list_tree(repository, repository.head, recursive=True, limit=500)
    files = [entry for entry in page.entries if kind_of(entry.path) in DATA_KINDS and not entry.is_directory]
    if not files:
        return None
    entry = min(files, key=lambda file: ("train" not in file.path, file.path))
    table = table_of(kind_of(entry.path), entry.path, selectors.open_content(repository, entry))
    if table is None:
        return None
    return DataFile(entry.path, addresses.blob(repository, addresses.DEFAULT_REVISION, entry.path), table)
