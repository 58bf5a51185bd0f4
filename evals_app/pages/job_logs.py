"""The log of a job: parts, stream, search, text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from evals_app.jobs import following, selectors, withholding
from evals_app.jobs.following import Ended, Silence
from evals_app.jobs.logs import Line
from evals_app.jobs.models import Job, JobLogChunk
from evals_app.pages import job_view
from hub.accounts.requests import actor_of
from hub.core import event_streams
from hub.core.errors import Busy, InvalidInput

PART_CHUNKS = 60
# The end of a log on one page; the API gives all of it.
SHOWN_OF_LOG = 500_000


@require_safe
def job_log(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Log lines behind `after`; the answer holds the place where the next ones will come."""
    job = selectors.get_job_for(actor_of(request), job_id)
    return render(request, "components/log_lines.html", first_part(request, job))


@require_safe
def job_log_stream(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    """The same as events, until `end`."""
    job = selectors.get_job_for(actor_of(request), job_id)
    after = event_streams.place(request.headers.get("Last-Event-ID"), request.GET.get("after"))
    try:
        return event_streams.respond(_frames(job, after, _("Attempt %(number)s")))
    except Busy as busy:
        # An error page would be drawn for nobody.
        return HttpResponse(status=busy.status, headers={"Retry-After": str(busy.retry_after)})


@require_safe
def job_log_find(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Lines that hold a text: a part for htmx, a page of its own otherwise."""
    job = selectors.get_job_for(actor_of(request), job_id)
    text = request.GET.get("text", "")
    context = {"job": job, "text": text, "lines": _found(job, text), "most": following.MOST_MATCHES}
    is_part = bool(request.htmx) and not request.htmx.boosted  # type: ignore[attr-defined]
    return render(request, "evals/jobs/log_found.html" if is_part else "evals/jobs/log_find.html", context)


@require_safe
def job_log_text(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    job = selectors.get_job_for(actor_of(request), job_id)
    texts = (chunk.text for chunk in following.chunks_of(job))
    response = StreamingHttpResponse(texts, content_type="text/plain; charset=utf-8")
    kind = "attachment" if request.GET.get("download") == "1" else "inline"
    response.headers["Content-Disposition"] = f'{kind}; filename="{job.pk}.log"'
    return response


@require_safe
def job_withheld(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """What a job on held-out items keeps for the benchmark's owner."""
    record = withholding.record_for(actor_of(request), job_id)
    log = "".join(withholding.log_of(record))
    context = {
        "record": record,
        "job": record.job,
        "repository": record.benchmark.repository,
        "log": log[-SHOWN_OF_LOG:],
        "order": json.dumps(record.order, indent=2, ensure_ascii=False, sort_keys=True),
    }
    return render(request, "evals/jobs/withheld.html", context)


def first_part(request: HttpRequest, job: Job) -> dict[str, object]:
    """A full batch is followed at once; an empty one of an ended job ends the following."""
    after, attempt = _number(request.GET.get("after")), _number(request.GET.get("attempt")) or 1
    chunks = selectors.log_after(job, after, limit=PART_CHUNKS)
    last, last_attempt = (chunks[-1].pk, chunks[-1].attempt) if chunks else (after, attempt)
    is_full = len(chunks) == PART_CHUNKS
    place = f"after={last}&attempt={last_attempt}"
    return {
        "may_see_withheld": job.is_held_out and withholding.may_see(actor_of(request), job.withheld),
        "chunks": job_view.log_parts(chunks, attempt),
        "next_url": f"{reverse('evals:job-log', args=[job.pk])}?{place}"
        if is_full or job_view.is_live(job)
        else "",
        "next_at_once": is_full,
        "stream_url": "" if is_full else f"{reverse('evals:job-log-stream', args=[job.pk])}?{place}",
        "read_on_url": f"{job.get_absolute_url()}?{place}#log" if is_full else "",
    }


def _frames(job: Job, after: int, mark: str) -> Iterator[bytes]:
    """`mark` is the line where a later attempt begins, in the reader's language."""
    for heard in following.follow(job, after):
        match heard:
            case JobLogChunk():
                data = {
                    "text": heard.text,
                    "attempt": heard.attempt,
                    "mark": mark % {"number": heard.attempt},
                }
                yield event_streams.frame(data, name="log", number=heard.pk)
            case Ended():
                yield event_streams.frame({"state": heard.state}, name="end")
            case Silence():
                yield event_streams.KEEP_ALIVE


def _found(job: Job, text: str) -> list[Line]:
    try:
        return following.search(job, text)
    except InvalidInput:
        return []


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else 0
