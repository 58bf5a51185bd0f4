from __future__ import annotations

import pytest

from models_app.cards.claims import MAX_CLAIMS, Claim, claims_of


def index(*metrics: object) -> dict[str, object]:
    return {
        "model-index": [{"name": "m", "results": [{"dataset": {"name": "WMT14"}, "metrics": list(metrics)}]}]
    }


def test_it_reads_what_the_card_reports() -> None:
    found = claims_of(
        index({"type": "bleu", "value": 27.31234567}, {"name": "chrF", "type": "c", "value": "55"}),
        [
            {"filename": "f.yaml", "data": {"dataset": {"id": "acme/exam", "task_id": "hard"}, "value": 0.5}},
            {"filename": "g.yaml", "error": "no list"},
        ],
    )
    assert found == [
        Claim("acme/exam", "hard", "", "0.5", 0.5, "f.yaml"),
        Claim("WMT14", "", "bleu", "27.3123", 27.31234567),
        Claim("WMT14", "", "c", "55", 55.0),
    ]


def test_it_stops_somewhere() -> None:
    assert len(claims_of(index(*[{"type": "x", "value": 1}] * 500), [])) == MAX_CLAIMS


@pytest.mark.parametrize(
    "odd",
    [None, "text", [1], [{"results": 3}], [{"results": [{"metrics": [{"value": [1]}, {"value": True}]}]}]],
)
def test_it_leaves_other_shapes_out(odd: object) -> None:
    assert claims_of({"model-index": odd}, []) == []
