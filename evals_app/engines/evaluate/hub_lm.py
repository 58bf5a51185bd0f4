"""The harness's model class in pieces: progress after each, an end when asked, and no piece twice.

A piece is a fixed slice of a task's requests, so a resumed evaluation batches exactly as an
undisturbed one and gives the same numbers to the last digit. (The harness's own cache stores single
requests: what is left after a kill falls into other batches, and it keeps pickles.)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM

from evals_app.engines import lifetime
from evals_app.engines.workplace import write_json

Tick = Callable[[int, int], None]


class HubLM(HFLM):
    """`answers` is the folder of finished pieces; its name must hold all that changes an answer."""

    def __init__(self, *, answers: Path, piece: int, on_tick: Tick, **options: Any) -> None:
        self._answers = answers
        self._piece = piece
        self._on_tick = on_tick
        answers.mkdir(parents=True, exist_ok=True)
        super().__init__(**options)

    def loglikelihood(self, requests: list[Instance], **_options: Any) -> list[tuple[float, bool]]:
        answers = self._in_pieces("loglikelihood", requests, super().loglikelihood)
        return [(float(value), bool(greedy)) for value, greedy in answers]

    def loglikelihood_rolling(self, requests: list[Instance], **_options: Any) -> list[float]:
        return [float(value) for value in self._in_pieces("rolling", requests, super().loglikelihood_rolling)]

    def generate_until(self, requests: list[Instance], **_options: Any) -> list[str]:
        return [str(text) for text in self._in_pieces("generate", requests, super().generate_until)]

    def _in_pieces(self, kind: str, requests: Sequence[Instance], compute: Callable[..., Any]) -> list[Any]:
        answers: list[Any] = []
        for start in range(0, len(requests), self._piece):
            lifetime.check()
            piece = list(requests[start : start + self._piece])
            answers += self._answer(kind, piece, compute)
            self._on_tick(len(answers), len(requests))
        return answers

    def _answer(self, kind: str, piece: list[Instance], compute: Callable[..., Any]) -> list[Any]:
        asked = json.dumps([request.args for request in piece], ensure_ascii=False)
        path = self._answers / f"{kind}-{hashlib.sha256(asked.encode()).hexdigest()}.json"
        if path.exists():
            kept = json.loads(path.read_text(encoding="utf-8"))
            return list(kept)
        answers = list(compute(piece, disable_tqdm=True))
        # Through JSON in both cases, so that a first and a resumed run see the same values.
        write_json(path, answers)
        return list(json.loads(path.read_text(encoding="utf-8")))

    def _model_generate(self, context: Any, max_length: int, stop: list[str], **options: Any) -> Any:
        """The harness adds the length of the prompt, which an encoder-decoder does not generate."""
        if self.backend == "seq2seq":
            max_length = max_length - context.shape[1] + 1
        return super()._model_generate(context, max_length, stop, **options)
