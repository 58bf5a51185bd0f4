"""A leaderboard outside its page: exports, feeds of its changes, a badge, a table for other sites."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from evals_app.leaderboards import exports, filters, selectors
from evals_app.leaderboards.models import Leaderboard, LeaderboardChange
from evals_app.pages import leaderboards as pages
from evals_app.runs.models import EXTERNAL
from hub.accounts.requests import actor_of
from hub.core import figures
from hub.core.clock import iso_millis
from hub.core.errors import NotFound

FEED_LENGTH = 50
EMBEDDED = 20
ATOM = "http://www.w3.org/2005/Atom"
# Any site may show these in a frame; they act on nothing and know no reader.
FRAMED = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors *"
)


@require_safe
def export(request: HttpRequest, slug: str, format: str) -> StreamingHttpResponse:  # noqa: A002
    """The whole board in the published order, or what the filter of the page leaves."""
    if format not in exports.FORMATS:
        raise NotFound(f"There is no export as {format!r:.20}. There are {', '.join(exports.FORMATS)}.")
    actor = actor_of(request)
    board = selectors.board(slug, actor)
    columns = selectors.columns_of(board, actor)
    entries = filters.apply(selectors.entries_of(board, actor), pages.filter_of(request), columns)
    content_type, write = exports.FORMATS[format]
    return StreamingHttpResponse(
        write(entries, columns),
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{board.slug}.{format}"'},
    )


@require_safe
def feed(request: HttpRequest, slug: str, format: str) -> HttpResponse:  # noqa: A002
    actor = actor_of(request)
    board = selectors.board(slug, actor)
    changes = list(selectors.changes_of(board, actor)[:FEED_LENGTH])
    if format == "json":
        return JsonResponse(_json_feed(request, board, changes), content_type="application/feed+json")
    return HttpResponse(_atom(request, board, changes), content_type="application/atom+xml; charset=utf-8")


def _json_feed(
    request: HttpRequest, board: Leaderboard, changes: list[LeaderboardChange]
) -> dict[str, object]:
    """JSON Feed 1.1, the figures beside the words."""
    here = request.build_absolute_uri(board.get_absolute_url())
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": board.title,
        "home_page_url": here,
        "feed_url": request.build_absolute_uri(),
        "items": [
            {
                "id": f"{here}#change-{change.pk}",
                "url": f"{here}/changes",
                "title": _sentence(change),
                "content_text": _sentence(change),
                "date_published": iso_millis(change.created_at),
                "_change": {
                    "kind": change.kind,
                    "model": change.model_name,
                    "run": str(change.run_id) if change.run_id else None,
                    "old_value": change.old_value,
                    "value": change.value,
                    "old_rank": change.old_rank,
                    "rank": change.rank,
                    "reason": change.reason,
                },
            }
            for change in changes
        ],
    }


def _atom(request: HttpRequest, board: Leaderboard, changes: list[LeaderboardChange]) -> bytes:
    here = request.build_absolute_uri(board.get_absolute_url())
    root = ET.Element("feed", xmlns=ATOM)
    newest = changes[0].created_at if changes else board.created_at
    _add(root, "id", here)
    _add(root, "title", board.title)
    _add(root, "updated", iso_millis(newest))
    ET.SubElement(root, "link", rel="self", href=request.build_absolute_uri())
    ET.SubElement(root, "link", rel="alternate", href=here)
    _add(ET.SubElement(root, "author"), "name", board.owner.name)
    for change in changes:
        entry = ET.SubElement(root, "entry")
        _add(entry, "id", f"{here}#change-{change.pk}")
        _add(entry, "title", _sentence(change))
        _add(entry, "updated", iso_millis(change.created_at))
        ET.SubElement(entry, "link", rel="alternate", href=f"{here}/changes")
        _add(entry, "summary", _sentence(change))
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text


def _sentence(change: LeaderboardChange) -> str:
    words = {"model": change.model_name, "rank": change.rank or "–", "value": _figure(change.value)}
    if change.kind == "entered":
        return _("%(model)s entered at rank %(rank)s with %(value)s") % words
    if change.kind == "withdrawn":
        reason = pages.REASONS.get(change.reason, "")
        return _("The entry of %(model)s was withdrawn: %(reason)s") % {**words, "reason": reason}
    words["old"] = _figure(change.old_value)
    return _("%(model)s was measured again: %(old)s → %(value)s, rank %(rank)s") % words


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


@require_safe
def badge(request: HttpRequest, slug: str) -> HttpResponse:
    """Of the model that `?model=` names, else of the board. An unknown model is told as not on the board."""
    actor = actor_of(request)
    board = selectors.board(slug, actor)
    model = request.GET.get("model", "")
    entries = selectors.entries_of(board, actor)
    if not model:
        text = _("%(number)d models") % {"number": board.entry_count}
    else:
        entry = entries.filter(_named(model)).first()
        text = _("not on the board")
        if entry is not None and entry.value is not None:
            value = f"{entry.value:.{figures.decimals_for(entry.stderr)}f}"
            text = _("rank %(rank)d · %(value)s") % {"rank": entry.rank, "value": value}
    label = board.title[:40]
    left, right = _width(label), _width(text)
    context = {
        "label": label,
        "text": text,
        "left": left,
        "right": right,
        "width": left + right,
        "middle": left / 2,
        "centre": left + right / 2,
    }
    response = render(request, "evals/leaderboards/badge.svg", context, content_type="image/svg+xml")
    response.headers["Cache-Control"] = "max-age=300"
    return response


def _named(model: str) -> Q:
    if model.startswith(EXTERNAL):
        return Q(run__is_external=True, run__model_name__iexact=model.removeprefix(EXTERNAL))
    namespace, _slash, name = model.partition("/")
    return Q(run__model__namespace__key=namespace.lower(), run__model__key=name.lower())


def _width(text: str) -> int:
    """About what the text needs; letters of wide scripts count double."""
    return 14 + sum(13 if ord(letter) > 0x2E7F else 7 for letter in text)


@require_safe
def embed(request: HttpRequest, slug: str) -> HttpResponse:
    """The head of the table without the site around it, for a frame of another page."""
    actor = actor_of(request)
    board = selectors.board(slug, actor)
    columns = selectors.columns_of(board, actor)
    entries = selectors.entries_of(board, actor)[:EMBEDDED]
    context = {
        "board": board,
        "here": request.build_absolute_uri("/").rstrip("/"),
        **pages.table_of(request, board, columns, entries),
    }
    response = render(request, "evals/leaderboards/embed.html", context)
    response.headers["Content-Security-Policy"] = FRAMED
    # X-Frame-Options knows no "everybody"; the policy above says it.
    response.xframe_options_exempt = True
    return response
