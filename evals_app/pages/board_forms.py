"""Making, changing and deleting a leaderboard."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from evals_app.leaderboards import making, policies, selectors
from evals_app.leaderboards.making import BoardWish, ColumnWish
from evals_app.leaderboards.models import BoardVisibility, Leaderboard, LeaderboardColumn
from hub.accounts.actors import Actor
from hub.accounts.requests import actor_of
from hub.core.errors import InvalidInput, PermissionRefused

WITH_FORM = ["GET", "HEAD", "POST"]


@dataclass(frozen=True, slots=True)
class Offer:
    """A column that can be chosen; `key` names it in the form."""

    column: LeaderboardColumn
    is_chosen: bool
    weight: str

    @property
    def key(self) -> str:
        return key_of(self.column)


def key_of(column: LeaderboardColumn) -> str:
    return f"{column.benchmark.repository.full_id} {column.task} {column.metric}"


@login_required
@require_http_methods(WITH_FORM)
def leaderboard_new(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    if request.method == "POST":
        try:
            board = making.create(actor, request.POST.get("owner", ""), _wish(request.POST))
        except (InvalidInput, PermissionRefused) as error:
            return _form(request, actor, None, problem=error.message, status=400)
        return redirect(board.get_absolute_url())
    return _form(request, actor, None)


@login_required
@require_http_methods(WITH_FORM)
def leaderboard_edit(request: HttpRequest, slug: str) -> HttpResponse:
    actor = actor_of(request)
    board = selectors.board(slug, actor)
    if not policies.may_change(actor, board):
        raise PermissionRefused(str(making.NOT_YOURS))
    if request.method == "POST":
        try:
            making.update(actor, board, _wish(request.POST))
        except InvalidInput as error:
            return _form(request, actor, board, problem=error.message, status=400)
        return redirect(board.get_absolute_url())
    return _form(request, actor, board)


@login_required
@require_POST
def leaderboard_delete(request: HttpRequest, slug: str) -> HttpResponse:
    actor = actor_of(request)
    making.delete(actor, selectors.board(slug, actor))
    return redirect("evals:leaderboard-list")


def _wish(data: QueryDict) -> BoardWish:
    return BoardWish(
        title=data.get("title", "").strip(),
        description=data.get("description", "").strip(),
        visibility=data.get("visibility", BoardVisibility.PUBLIC),
        has_aggregate="has_aggregate" in data,
        columns=[_column(data, key) for key in data.getlist("column")],
    )


def _column(data: QueryDict, key: str) -> ColumnWish:
    benchmark, task, metric, *_rest = [*key.split(" "), "", "", ""]
    try:
        weight = float(data.get(f"weight {key}", "1") or "1")
    except ValueError:
        raise InvalidInput(_("A weight is a number above 0, at most 1000."), field="columns") from None
    return ColumnWish(benchmark, task, metric, weight)


def _form(
    request: HttpRequest, actor: Actor, board: Leaderboard | None, *, problem: str = "", status: int = 200
) -> HttpResponse:
    """With what was typed, where something was refused."""
    kept = {key_of(column): column for column in selectors.columns_of(board, actor)} if board else {}
    typed = request.POST if request.method == "POST" else None
    chosen = set(typed.getlist("column")) if typed is not None else set(kept)
    offers = [
        Offer(
            column,
            key in chosen,
            typed.get(f"weight {key}", "1") if typed else f"{kept[key].weight:g}" if key in kept else "1",
        )
        for column in selectors.offered_columns(actor)
        for key in [key_of(column)]
    ]
    context = {
        "board": board,
        "offers": offers,
        "owners": making.owners_for(actor),
        "problem": problem,
        "visibilities": BoardVisibility.choices,
        "values": typed
        or {
            "title": board.title if board else "",
            "description": board.description if board else "",
            "visibility": board.visibility if board else BoardVisibility.PUBLIC,
            "has_aggregate": board.has_aggregate if board else False,
        },
    }
    return render(request, "evals/leaderboards/form.html", context, status=status)
