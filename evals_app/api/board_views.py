"""/api/v1/leaderboards and comparisons."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evals_app.api import forms
from evals_app.api.authentication import caller
from evals_app.claims import selectors as claims
from evals_app.leaderboards import comparing, filters, making, rows
from evals_app.leaderboards import selectors as leaderboards
from evals_app.leaderboards.comparing import Against, Entrant, Matrix, Row
from evals_app.leaderboards.filters import EntryFilter
from evals_app.leaderboards.making import BoardWish, ColumnWish
from evals_app.leaderboards.models import Leaderboard, LeaderboardColumn
from evals_app.leaderboards.rows import Record
from evals_app.runs.models import ScoreState
from hub.accounts.actors import Actor
from hub.core.errors import InvalidInput

MAX_ROWS = 500
PAGE = 100
CHANGES = 200


class LeaderboardList(APIView):
    @extend_schema(operation_id="leaderboards_list", responses=forms.LeaderboardRow(many=True))
    def get(self, request: Request) -> Response:
        """One board a task of a benchmark, and those that people made."""
        found = leaderboards.boards_visible_to(caller(request))[:MAX_ROWS]
        return Response(forms.LeaderboardRow(found, many=True).data)

    @extend_schema(
        operation_id="leaderboards_create",
        request=forms.LeaderboardRequest,
        responses={201: forms.LeaderboardRow, 400: forms.Error, 403: forms.Error, 404: forms.Error},
    )
    def post(self, request: Request) -> Response:
        """Make a board of chosen columns. It fills when a worker has ranked it."""
        actor = caller(request)
        owner = request.data.get("owner") if isinstance(request.data, dict) else None
        if not isinstance(owner, str):
            raise InvalidInput("`owner` is missing.", field="owner")
        made = making.create(actor, owner, _wish(request.data))
        return Response(forms.LeaderboardRow(leaderboards.board(made.slug, actor)).data, status=201)


class LeaderboardDetail(APIView):
    @extend_schema(
        operation_id="leaderboards_get",
        parameters=[
            OpenApiParameter("limit", int, description="Entries an answer, at most 500."),
            OpenApiParameter("after", int, description="`next_after` of the page before."),
            OpenApiParameter("claims", bool, description="Also what cards claim, apart: `claims`."),
            OpenApiParameter("state", str, enum=ScoreState.values, description="Only entries in that state."),
        ],
        responses={200: forms.LeaderboardDetail, 404: forms.Error},
    )
    def get(self, request: Request, slug: str) -> Response:
        """A board with its entries in order; each names the runs it comes from."""
        actor = caller(request)
        board = leaderboards.board(slug, actor)
        limit = min(MAX_ROWS, _whole(request, "limit", PAGE))
        columns = leaderboards.columns_of(board, actor)
        wanted = EntryFilter(state=request.query_params.get("state", ""))
        found = filters.apply(leaderboards.entries_of(board, actor), wanted, columns)
        found = found.filter(position__gt=_whole(request, "after", 0))
        records = list(rows.records_of(found[: limit + 1], columns))
        detail = _detail(board, columns, records, limit)
        if request.query_params.get("claims") == "true":
            detail["claims"] = _claims(actor, columns)
        return Response(detail)

    @extend_schema(
        operation_id="leaderboards_change",
        request=forms.LeaderboardRequest,
        responses={200: forms.LeaderboardRow, 400: forms.Error, 403: forms.Error, 404: forms.Error},
    )
    def put(self, request: Request, slug: str) -> Response:
        """All of a board at once; what is left out takes its default."""
        actor = caller(request)
        making.update(actor, leaderboards.board(slug, actor), _wish(request.data))
        return Response(forms.LeaderboardRow(leaderboards.board(slug, actor)).data)

    @extend_schema(
        operation_id="leaderboards_delete", responses={204: None, 403: forms.Error, 404: forms.Error}
    )
    def delete(self, request: Request, slug: str) -> Response:
        """The runs stay."""
        actor = caller(request)
        making.delete(actor, leaderboards.board(slug, actor))
        return Response(status=204)


class LeaderboardChanges(APIView):
    @extend_schema(
        operation_id="leaderboards_changes",
        responses={200: forms.BoardChange(many=True), 404: forms.Error},
    )
    def get(self, request: Request, slug: str) -> Response:
        """The newest 200 changes: who entered, was measured again, or left and why."""
        actor = caller(request)
        found = leaderboards.changes_of(leaderboards.board(slug, actor), actor)[:CHANGES]
        return Response(forms.BoardChange(found, many=True).data)


class Comparison(APIView):
    @extend_schema(
        operation_id="compare",
        parameters=[
            OpenApiParameter("model", str, many=True, required=True, description="2 to 12."),
            OpenApiParameter("reference", str, description="One of them; the first if not given."),
            OpenApiParameter("pairs", bool, description="Also each model against each: `pairs` of a row."),
        ],
        responses={200: forms.Comparison, 400: forms.Error, 404: forms.Error},
    )
    def get(self, request: Request) -> Response:
        """One model against the others, on the same samples where they are kept. While `pending` is true a
        worker computes; ask again."""
        actor = caller(request)
        models = comparing.models_named(actor, request.query_params.getlist("model"))
        if len(models) < 2:
            raise InvalidInput("Name two models or more: `?model=a/b&model=c/d`.", field="model")
        reference = comparing.place_of(models, request.query_params.get("reference", ""))
        found = comparing.compare(actor, models, reference)
        asks_pairs = request.query_params.get("pairs") == "true"
        matrices = [comparing.matrix(row) if asks_pairs else None for row in found.rows]
        return Response(
            {
                "pending": found.is_pending or any(one.is_pending for one in matrices if one),
                "reference": models[reference].name,
                "rows": [_row(row, models, one) for row, one in zip(found.rows, matrices, strict=True)],
            }
        )


def _detail(
    board: Leaderboard, columns: list[LeaderboardColumn], records: list[Record], limit: int
) -> dict[str, Any]:
    shown, named = records[:limit], rows.named(columns)
    return {
        **forms.LeaderboardRow(board).data,
        "columns": forms.BoardColumn(columns, many=True).data,
        "smallest_gap": board.findings.get("smallest_gap"),
        "smallest_gap_here": board.findings.get("smallest_gap_here"),
        "entries": [rows.nested(record, named) for record in shown],
        "next_after": shown[-1].facts["position"] if len(records) > limit else None,
    }


def _claims(actor: Actor, columns: list[Any]) -> list[dict[str, Any]]:
    found = claims.about(actor, [(column.benchmark_id, column.task, column.metric) for column in columns])
    return [
        {
            "model": claim.model.full_id,
            "model_commit": claim.commit,
            "task": claim.matched_task,
            "metric": claim.matched_metric,
            "value": claim.scaled,
            "state": "claimed",
        }
        for claim in found
    ]


def _row(row: Row, models: list[Entrant], matrix: Matrix | None) -> dict[str, Any]:
    told = {
        "benchmark": row.benchmark,
        "task": row.task,
        "recipe": row.recipe,
        "metric": row.metric,
        "higher_is_better": row.higher_is_better,
        "models": [
            {
                "model": model.name,
                "external": model.model is None,
                "value": value.value if value else None,
                "stderr": value.stderr if value else None,
                "run": str(value.run_id) if value else None,
                "state": value.run.state if value else None,
                **_test(test),
            }
            for model, value, test in zip(models, row.values, row.tests, strict=True)
        ],
    }
    return told if matrix is None else {**told, "pairs": _pairs(models, matrix)}


def _pairs(models: list[Entrant], matrix: Matrix) -> list[dict[str, Any]]:
    return [
        {"first": models[first].name, "second": models[second].name, **_test(test)}
        for first, line in enumerate(matrix.lines)
        for second, test in enumerate(line)
        if first < second and test is not None
    ]


def _test(test: Against | None) -> dict[str, Any]:
    if test is None:
        return dict.fromkeys(("difference", "interval", "p_value", "corrected", "method"))
    return {
        "difference": test.difference,
        "interval": [test.low, test.high] if test.low is not None else None,
        "p_value": test.p_value,
        "corrected": test.corrected,
        "method": test.method,
    }


def _wish(data: Any) -> BoardWish:
    form = forms.LeaderboardRequest(data=data)
    if not form.is_valid():
        field, problems = next(iter(form.errors.items()))
        raise InvalidInput(f"`{field}`: {_first(problems)}", field=str(field))
    given = form.validated_data
    return BoardWish(
        title=given["title"],
        description=given["description"],
        visibility=given["visibility"],
        has_aggregate=given["has_aggregate"],
        columns=[ColumnWish(**column) for column in given["columns"]],
    )


def _first(problems: Any) -> str:
    """The first sentence of nested complaints."""
    while isinstance(problems, list | dict) and problems:
        problems = next(iter(problems.values())) if isinstance(problems, dict) else problems[0]
    return str(problems)


def _whole(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isdecimal() or len(text) > 9:
        raise InvalidInput(f"`{name}` must be a whole number.", field=name)
    return int(text)
