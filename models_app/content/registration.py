"""A shard becomes files: everything it claims is checked against what is stored, then one transaction.

The order is that of the Xet protocol. A file is usable, by its sha256, only after its bytes were
rebuilt from the xorbs and compared with that sha256: otherwise a client could plant other content
behind somebody's hash.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

import numpy as np
from django.conf import settings
from django.db import transaction

from hub.core import clock
from hub.core.errors import InvalidInput, TooLarge
from models_app.content import dedup, rebuild
from models_app.content.models import LfsObject, LfsStorage, XetFile, XetFileXorb, XetXorb
from models_app.storage.xet import hashes, shards
from models_app.storage.xet.chunks import MalformedXet, Table, term_table

QUERY_BATCH = 500


@dataclass(frozen=True, slots=True)
class Progress:
    """Bytes whose sha256 has been computed, of all that have to be."""

    verified: int
    total: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file of the shard with what the hub computed itself."""

    file_id: str
    sha256: str
    size: int
    terms: bytes
    xorbs: frozenset[str]


def register_shard(stream: Iterable[bytes]) -> list[XetFile]:
    """Check and record the files of a shard; all or nothing.

    Raises InvalidInput with what is wrong. Costs reading every new file once (400 MiB/s or more).
    """
    steps = registering(stream)
    while True:
        try:
            next(steps)
        except StopIteration as done:
            return cast("list[XetFile]", done.value)


def registering(stream: Iterable[bytes]) -> Generator[Progress, None, list[XetFile]]:
    """`register_shard` in steps, for a door that shows how far it is. Dropping it records nothing.

    The stream is consumed before the first step comes.
    """
    with tempfile.TemporaryFile() as file:
        spool(stream, file)
        parts = parsed(cast("BinaryIO", file))
    files = [part for part in parts if isinstance(part, shards.ShardFile)]
    described = [part for part in parts if isinstance(part, shards.ShardXorb)]
    for each in files:
        check_form(each)
    # From here on a sweep leaves these xorbs alone.
    keep_xorbs(xorb_names(files) | {hashes.to_text(part.hash) for part in described})
    for xorb in described:
        check_xorb(xorb)
    candidates = [checked_file(file) for file in files]
    new = [candidate for candidate in candidates if not is_known(candidate)]
    total, done = sum(candidate.size for candidate in new), 0
    yield Progress(0, total)
    for candidate in new:
        for count in comparing_sha256(candidate):
            done += count
            yield Progress(done, total)
    return record(candidates)


def spool(stream: Iterable[bytes], file: BinaryIO | tempfile._TemporaryFileWrapper[bytes]) -> None:
    size = 0
    for block in stream:
        size += len(block)
        if size > shards.MAX_SHARD_BYTES:
            raise TooLarge(f"A shard is at most {shards.MAX_SHARD_BYTES} bytes long.")
        file.write(block)
    file.seek(0)


def parsed(file: BinaryIO) -> list[shards.ShardFile | shards.ShardXorb]:
    try:
        return list(shards.parse(file))
    except MalformedXet as error:
        raise InvalidInput(f"Broken shard: {error}.") from None


def xorb_names(files: Iterable[shards.ShardFile]) -> frozenset[str]:
    return frozenset(
        hashes.to_text(bytes(name)) for file in files for name in np.unique(term_table(file.terms)["xorb"])
    )


def keep_xorbs(names: Iterable[str]) -> None:
    """Renew the time for which they are kept. Raises InvalidInput when one is not stored."""
    ordered = sorted(names)
    for at in range(0, len(ordered), QUERY_BATCH):
        batch = ordered[at : at + QUERY_BATCH]
        rows = XetXorb.objects.filter(hash__in=batch)
        if rows.update(last_named_at=clock.now()) != len(batch):
            raise unfit(min(set(batch) - set(rows.values_list("hash", flat=True))))


def unfit(xorb: str) -> InvalidInput:
    """One sentence for a xorb that is missing and for one about which the shard is wrong: who knows only the
    name of somebody else's xorb must not learn that it is here."""
    return InvalidInput(f"Xorb {xorb} is not stored here with the chunks that are named; upload it first.")


def check_xorb(described: shards.ShardXorb) -> None:
    table = rebuild.load_tables({described.hash})[described.hash]
    same = (table["hash"].tobytes(), table["raw"].tobytes()) == (
        described.chunk_hashes,
        described.chunk_lengths,
    )
    if not same:
        raise unfit(hashes.to_text(described.hash))


def check_form(file: shards.ShardFile) -> None:
    """What can be said of the file without looking at any xorb."""
    name = hashes.to_text(file.file_id)
    if file.sha256 is None:
        raise InvalidInput(f"File {name} comes without a sha256, which git repositories need.")
    if file.proofs is None:
        raise InvalidInput(f"File {name} comes without verification hashes.")
    if size_of(file) > settings.MAX_LFS_FILE_BYTES:
        raise TooLarge(f"A file may hold at most {settings.MAX_LFS_FILE_BYTES} bytes.")


def size_of(file: shards.ShardFile) -> int:
    return int(term_table(file.terms)["raw"].sum(dtype=np.int64))


def checked_file(file: shards.ShardFile) -> Candidate:
    """Bounds, lengths and verification hash of each term, then the file's own hash."""
    assert file.sha256 is not None
    assert file.proofs is not None
    name = hashes.to_text(file.file_id)
    terms = term_table(file.terms)
    tree = hashes.TreeHasher()
    for at, table in rebuild.tables_of(terms, 0, len(terms)):
        proof = file.proofs[32 * at : 32 * at + 32]
        for node in checked_term(terms[at], table, proof):
            tree.push(node)
    if hashes.file_hash(tree.root()) != file.file_id:
        raise InvalidInput(f"The chunks of file {name} do not have that hash.")
    return Candidate(name, file.sha256, size_of(file), file.terms, xorb_names([file]))


def checked_term(term: Table, table: Table, proof: bytes) -> Iterator[hashes.Node]:
    """The term lies in its xorb, has the length that it claims, and its sender knows its chunks."""
    first, end = int(term["first"]), int(term["end"])
    part = table[first:end]
    joined = part["hash"].tobytes()
    is_inside = first < end <= len(table)
    has_length = int(part["raw"].sum(dtype=np.int64)) == int(term["raw"])
    if not (is_inside and has_length and hashes.verification_hash(joined) == proof):
        raise unfit(hashes.to_text(bytes(term["xorb"])))
    lengths = part["raw"].tolist()
    return ((joined[32 * i : 32 * i + 32], length) for i, length in enumerate(lengths))


def is_known(candidate: Candidate) -> bool:
    """Whether exactly this pair was proven before. Another sha256 for a known file is a false claim."""
    known = XetFile.objects.filter(pk=candidate.file_id).values_list("sha256", flat=True).first()
    if known is not None and known != candidate.sha256:
        raise InvalidInput(f"The sha256 of file {candidate.file_id} is {known}, not {candidate.sha256}.")
    return known is not None


def comparing_sha256(candidate: Candidate) -> Iterator[int]:
    digest = hashlib.sha256()
    for block in rebuild.read_terms(candidate.terms, 0, candidate.size):
        digest.update(block)
        yield len(block)
    if digest.hexdigest() != candidate.sha256:
        raise InvalidInput(
            f"The sha256 of file {candidate.file_id} is {digest.hexdigest()}, not {candidate.sha256}."
        )


@transaction.atomic
def record(candidates: list[Candidate]) -> list[XetFile]:
    keep_xorbs(frozenset[str]().union(*(candidate.xorbs for candidate in candidates)))
    return [record_file(candidate) for candidate in candidates]


def record_file(candidate: Candidate) -> XetFile:
    # The same bytes cut into other chunks are another Xet file; one of them is enough.
    file = XetFile.objects.filter(sha256=candidate.sha256).first()
    if file is None:
        file, _ = XetFile.objects.get_or_create(
            file_id=candidate.file_id,
            defaults={
                "sha256": candidate.sha256,
                "size": candidate.size,
                "terms": candidate.terms,
                "verified_at": clock.now(),
            },
        )
        links = [XetFileXorb(file=file, xorb_id=name) for name in sorted(candidate.xorbs)]
        XetFileXorb.objects.bulk_create(links, batch_size=QUERY_BATCH, ignore_conflicts=True)
        dedup.record_of_file(candidate.terms)
    found, created = LfsObject.objects.get_or_create(
        sha256=candidate.sha256,
        defaults={"size": candidate.size, "storage": LfsStorage.XET, "xet_file": file},
    )
    if not created and found.xet_file_id is None:
        LfsObject.objects.filter(pk=found.pk).update(xet_file=file)
    return file
