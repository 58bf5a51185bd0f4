"""The JSON schema of `benchmark.yaml`, for editors and other programs.

It says the form. What depends on several values at once (which metrics a kind has, whether a column is
there) is checked by `reader` and `data_check`, which also tell the line.
"""

from __future__ import annotations

from typing import Any

from evals_app.catalog import held_out, metric_reader, reader
from evals_app.catalog.declaration import FILE_NAME
from evals_app.metrics.catalogue import KINDS, METRICS

COMMIT = {"type": "string", "pattern": "^[0-9a-f]{40}$"}
REPOSITORY = {"type": "string", "pattern": r"^[\w.-]+/[\w.-]+$"}
FILE = {"type": "string", "pattern": r"\.([pP][aA][rR][qQ][uU][eE][tT]|jsonl|ndjson)$", "maxLength": 400}
TEXTS = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "maxItems": 100}]}
TEMPLATE = {"type": "string", "minLength": 1, "maxLength": reader.MAX_TEMPLATE}
SHORT = {"type": ["string", "number"], "maxLength": 32}
PROSE = {"type": "string", "maxLength": 20_000}


def schema() -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": FILE_NAME,
        **_mapping(
            {
                "title": {"type": "string", "maxLength": 200},
                "version": SHORT,
                "description": PROSE,
                "licence": {"type": "string", "maxLength": 200},
                "license": {"type": "string", "maxLength": 200},
                "language": TEXTS,
                "limits": PROSE,
                "biases": PROSE,
                "held_out": {"type": "boolean"},
                "submissions_per_day": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": held_out.MOST_SUBMISSIONS,
                },
                "tasks": {"type": "array", "items": _task(), "minItems": 1, "maxItems": reader.MAX_TASKS},
            },
            ["title", "version", "tasks"],
        ),
    }


def _mapping(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _task() -> dict[str, Any]:
    return _mapping(
        {
            "name": {"type": "string", "pattern": f"^{reader.TASK_NAME.pattern}$"},
            "version": SHORT,
            "title": {"type": "string", "maxLength": 200},
            "kind": {"enum": sorted(KINDS)},
            "data": _data(),
            "prompt": TEMPLATE,
            "delimiter": {"type": "string", "maxLength": 20},
            "target": {"anyOf": [TEMPLATE, {"type": "integer", "minimum": 0}]},
            "choices": TEXTS,
            "tests": TEMPLATE,
            "metrics": {"type": "array", "items": _metric(), "minItems": 1},
            "decoding": _decoding(),
            "few_shot": {"type": "integer", "minimum": 0, "maximum": 64},
            "source_language": {"type": "string", "maxLength": 20},
            "target_language": {"type": "string", "maxLength": 20},
        },
        ["name", "kind", "data", "metrics"],
    )


def _data() -> dict[str, Any]:
    return _mapping(
        {
            "file": FILE,
            "split": {"type": "string", "maxLength": 400},
            "few_shot_file": FILE,
            "repository": REPOSITORY,
            "commit": COMMIT,
        },
        [],
    ) | {
        "oneOf": [{"required": ["file"]}, {"required": ["split"]}],
        "dependentRequired": {"repository": ["commit"], "commit": ["repository"]},
    }


def _metric() -> dict[str, Any]:
    shared = {
        "unit": {"type": "string", "maxLength": 24},
        "range": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
        "primary": {"type": "boolean"},
        "higher_is_better": {"type": "boolean"},
    }
    known = {"enum": sorted(METRICS)}
    learned = {
        "name": {"type": "string", "pattern": f"^{metric_reader.METRIC_NAME.pattern}$"},
        "model": REPOSITORY,
        "commit": COMMIT,
        "reads": {"enum": list(metric_reader.READS)},
        "label": {"type": "string", "maxLength": 100},
    }
    return {
        "anyOf": [
            known,
            _mapping({"name": known, **shared}, ["name"]),
            _mapping({**learned, **shared}, ["name", "model", "commit", "higher_is_better"]),
        ]
    }


def _decoding() -> dict[str, Any]:
    return _mapping(
        {
            "max_new_tokens": {"type": "integer", "minimum": 1, "maximum": 8192},
            "stop": TEXTS,
            "do_sample": {"type": "boolean"},
            "samples": {"type": "integer", "minimum": 1, "maximum": reader.MAX_SAMPLES},
            "temperature": {"type": "number", "minimum": 0.01, "maximum": 5},
            "top_p": {"type": "number", "minimum": 0.01, "maximum": 1},
        },
        [],
    )
