"""Pages of papers that cards cite."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hub.accounts.requests import actor_of
from models_app.discovery import papers
from models_app.discovery.papers import Cited

SHOWN = 60


@require_safe
def browse(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").replace("\0", "")[:200]
    found = papers.search(actor_of(request), text, SHOWN)
    return render(request, "papers/browse.html", {"papers": found, "text": text})


@require_safe
def show(request: HttpRequest, paper_id: str) -> HttpResponse:
    """With `.md` behind the id, the same as plain text for programs."""
    as_text = paper_id.endswith(".md")
    cited = papers.get(actor_of(request), paper_id.removesuffix(".md"))
    if as_text:
        return HttpResponse(_markdown(cited), content_type="text/markdown; charset=utf-8")
    return render(request, "papers/detail.html", {"cited": cited})


def _markdown(cited: Cited) -> str:
    lines = [f"# arXiv:{cited.paper.id}", "", f"https://arxiv.org/abs/{cited.paper.id}", ""]
    for title, rows in (("Models", cited.models), ("Datasets", cited.datasets)):
        if rows:
            lines += [f"## {title}", "", *(f"- {row.full_id}" for row in rows), ""]
    return "\n".join(lines)
