"""Reading a job's log: as it grows, from its end, and by what it says."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from evals_app.jobs import selectors, states
from evals_app.jobs.logs import Line, LineReader
from evals_app.jobs.models import Job, JobLogChunk, JobTransition
from hub.core.errors import InvalidInput

# A stream holds one of the server's threads; clients connect again where they were and miss nothing.
STREAM_SECONDS = 300.0
LOOK_SECONDS = 1.0
KEEP_ALIVE_SECONDS = 15.0
BATCH = 200

SEARCH_LIMIT = 100
MOST_MATCHES = 200
SHOWN_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the job is; told when it changes."""

    state: str
    progress: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    state: str


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing was said for a while; the reader should know that somebody is there."""


Heard = JobLogChunk | Standing | Ended | Silence


def follow(job: Job, after: int = 0, *, seconds: float = STREAM_SECONDS) -> Iterator[Heard]:
    """Log chunks behind `after` and the job's standing, until the job has ended and all is told, or the
    time is over."""
    end = quiet_since = time.monotonic()
    end += seconds
    told: Standing | None = None
    while time.monotonic() < end:
        # The state is read first: what an ended job printed is all there by then.
        job.refresh_from_db(fields=["state", "progress", "progress_text"])
        chunks = selectors.log_after(job, after, limit=BATCH)
        yield from chunks
        standing = Standing(job.state, job.progress, job.progress_text)
        if standing != told:
            yield (told := standing)
        if chunks:
            after, quiet_since = chunks[-1].pk, time.monotonic()
        elif job.state in states.FINAL:
            yield Ended(job.state)
            return
        else:
            if time.monotonic() - quiet_since > KEEP_ALIVE_SECONDS:
                quiet_since = time.monotonic()
                yield Silence()
            _let_go_of_the_database()
            time.sleep(LOOK_SECONDS)


def follow_lines(
    job: Job, *, tail: int | None = None, seconds: float = STREAM_SECONDS
) -> Iterator[Line | Silence]:
    """The whole log by lines, as it grows. `tail` begins at the last so many that there are now."""
    reader = LineReader()
    after = 0
    if tail is not None:
        last: deque[Line] = deque(maxlen=tail)
        for chunk in chunks_of(job):
            last.extend(reader.feed(chunk.text, chunk.attempt, chunk.at))
            after = chunk.pk
        yield from last
    for heard in follow(job, after, seconds=seconds):
        match heard:
            case JobLogChunk():
                yield from reader.feed(heard.text, heard.attempt, heard.at)
            case Ended():
                yield from reader.end()
            case Silence():
                yield heard


def follow_machine(job: Job, *, seconds: float = STREAM_SECONDS) -> Iterator[dict[str, float] | Silence]:
    """What is seen of its machine, each time that it is looked at, until the job has ended."""
    end = quiet_since = time.monotonic()
    end += seconds
    told = 0
    while time.monotonic() < end:
        job.refresh_from_db(fields=["state", "environment", "worker"])
        if job.state in states.FINAL:
            return
        at, values = selectors.latest_sample(job)
        if at > told:
            told, quiet_since = at, time.monotonic()
            yield values
        elif time.monotonic() - quiet_since > KEEP_ALIVE_SECONDS:
            quiet_since = time.monotonic()
            yield Silence()
        _let_go_of_the_database()
        time.sleep(LOOK_SECONDS)


def follow_moves(job: Job, *, seconds: float = STREAM_SECONDS) -> Iterator[JobTransition | Silence]:
    """Each move of its life from the first on, until it has ended."""
    end = quiet_since = time.monotonic()
    end += seconds
    told = 0
    while time.monotonic() < end:
        moves = [move for move in selectors.transitions_of(job) if move.pk > told]
        yield from moves
        if moves:
            told, quiet_since = moves[-1].pk, time.monotonic()
            if moves[-1].to_state in states.FINAL:
                return
        elif time.monotonic() - quiet_since > KEEP_ALIVE_SECONDS:
            quiet_since = time.monotonic()
            yield Silence()
        _let_go_of_the_database()
        time.sleep(LOOK_SECONDS)


def chunks_of(job: Job) -> Iterator[JobLogChunk]:
    """All that is kept, a batch at a time."""
    after = 0
    while chunks := selectors.log_after(job, after, limit=BATCH):
        yield from chunks
        after = chunks[-1].pk


def lines_of(job: Job) -> Iterator[Line]:
    reader = LineReader()
    for chunk in chunks_of(job):
        yield from reader.feed(chunk.text, chunk.attempt, chunk.at)
    yield from reader.end()


def search(job: Job, text: str) -> list[Line]:
    """Lines that hold the text, in any case of letters; the first MOST_MATCHES, each cut to what a page
    shows. Reads the whole log, which is bounded. InvalidInput for an empty or endless text."""
    wanted = text.strip().lower()
    if not 1 <= len(wanted) <= SEARCH_LIMIT:
        raise InvalidInput(f"Search for 1 to {SEARCH_LIMIT} characters.", field="search")
    found: list[Line] = []
    for line in lines_of(job):
        place = line.text.lower().find(wanted)
        if place < 0:
            continue
        start = max(0, place - SHOWN_CHARACTERS // 2) if len(line.text) > SHOWN_CHARACTERS else 0
        found.append(Line(line.number, line.attempt, line.text[start : start + SHOWN_CHARACTERS], line.at))
        if len(found) == MOST_MATCHES:
            break
    return found


def _let_go_of_the_database() -> None:
    """A stream that only waits must not keep one of the connections, of which a server has few."""
    if not connection.in_atomic_block:
        connection.close()
