"""The harness's model classes in pieces: progress after each, an end when asked, and no piece twice.

A piece is a fixed slice of a task's requests, so a resumed evaluation batches exactly as an
undisturbed one and gives the same numbers to the last digit. (The harness's own cache stores single
requests: what is left after a kill falls into other batches, and it keeps pickles.) Where answers are
sampled, each piece begins with a seed of its own, for the same reason.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM
from lm_eval.models.openai_completions import LocalChatCompletion, LocalCompletionsAPI

from evals_app.engines import lifetime
from evals_app.engines.workplace import write_json

Tick = Callable[[int, int], None]


class InPieces:
    """`answers` is the folder of finished pieces; its name must hold all that changes an answer."""

    def __init__(self, *, answers: Path, piece: int, draw_seed: int, on_tick: Tick, **options: Any) -> None:
        self._answers = answers
        self._piece = piece
        self._draw_seed = draw_seed
        self._on_tick = on_tick
        answers.mkdir(parents=True, exist_ok=True)
        super().__init__(**options)

    def loglikelihood(self, requests: list[Instance], **_options: Any) -> list[tuple[float, bool]]:
        compute = super().loglikelihood  # type: ignore[misc]  # of the class beside this one
        answers = self._in_pieces("loglikelihood", requests, compute)
        return [(float(value), bool(greedy)) for value, greedy in answers]

    def loglikelihood_rolling(self, requests: list[Instance], **_options: Any) -> list[float]:
        compute = super().loglikelihood_rolling  # type: ignore[misc]
        return [float(value) for value in self._in_pieces("rolling", requests, compute)]

    def generate_until(self, requests: list[Instance], **_options: Any) -> list[str]:
        compute = super().generate_until  # type: ignore[misc]
        return [str(text) for text in self._in_pieces("generate", requests, compute)]

    def _in_pieces(self, kind: str, requests: Sequence[Instance], compute: Callable[..., Any]) -> list[Any]:
        answers: list[Any] = []
        for start in range(0, len(requests), self._piece):
            lifetime.check()
            piece = list(requests[start : start + self._piece])
            answers += self._answer(f"{kind}-{start}", piece, compute)
            self._on_tick(len(answers), len(requests))
        return answers

    def _answer(self, name: str, piece: list[Instance], compute: Callable[..., Any]) -> list[Any]:
        asked = json.dumps([name, [request.args for request in piece]], ensure_ascii=False)
        digest = hashlib.sha256(asked.encode()).hexdigest()
        path = self._answers / f"{name}-{digest}.json"
        if path.exists():
            kept = json.loads(path.read_text(encoding="utf-8"))
            return list(kept)
        self._begin_piece(int(digest[:12], 16))
        answers = list(compute(piece, disable_tqdm=True))
        # Through JSON in both cases, so that a first and a resumed run see the same values.
        write_json(path, answers)
        return list(json.loads(path.read_text(encoding="utf-8")))

    def _begin_piece(self, number: int) -> None:
        import torch

        torch.manual_seed(self._draw_seed + number)


class HubLM(InPieces, HFLM):
    """Causal and encoder-decoder models of transformers, with an adapter of PEFT or without."""

    def _model_generate(self, context: Any, max_length: int, stop: list[str], **options: Any) -> Any:
        """The harness adds the length of the prompt, which an encoder-decoder does not generate."""
        if self.backend == "seq2seq":
            max_length = max_length - context.shape[1] + 1
        return super()._model_generate(context, max_length, stop, **options)


class CompletionsLM(InPieces, LocalCompletionsAPI):
    """A model behind `/completions`."""

    backend = "external"


class ChatLM(InPieces, LocalChatCompletion):
    """A model behind `/chat/completions`: it writes, and tells no likelihoods."""

    backend = "external"
