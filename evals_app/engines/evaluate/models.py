"""Opens what is evaluated: a model of the hub, with its adapter, or one behind another address."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals_app.engines import channel, failures, hub_client
from evals_app.engines.evaluate.declared import DeclaredTask
from evals_app.engines.failures import Failure, bad_input
from evals_app.engines.workplace import Reference, Workplace
from evals_app.metrics.catalogue import CHOICE_KINDS, LIKELIHOOD_KINDS, PAIR_KINDS

PIECE = 32
SCORED_KINDS = CHOICE_KINDS | LIKELIHOOD_KINDS | PAIR_KINDS
# The key of an external address, for whoever repeats a run; the hub keeps its own to itself.
KEY_VARIABLE = "LLMOS_ENDPOINT_KEY"


@dataclass(frozen=True, slots=True)
class Source:
    """What an order says is measured. `folder` holds the weights (of the base, where there is an
    `adapter`) and `tokenizer` the tokenizer; `endpoint` is set for a model behind another address."""

    name: str
    folder: Path | None
    adapter: Path | None
    tokenizer: Path | None
    endpoint: Mapping[str, Any] | None

    @property
    def weight_bytes(self) -> int:
        return hub_client.weight_bytes(self.folder) if self.folder else 0


def fetch(place: Workplace) -> Source:
    """Raises Failure(bad-input) with the remedy for a model that cannot be loaded safely."""
    endpoint = place.spec.get("endpoint")
    if endpoint:
        tokenizer = endpoint.get("tokenizer")
        folder = hub_client.download_tokenizer(_reference(tokenizer)) if tokenizer else None
        return Source(str(endpoint["id"]), None, None, folder, endpoint)
    reference = place.reference("model")
    channel.progress(0, None, "Downloading the model")
    if not place.spec.get("base_model"):
        folder = hub_client.download_model(reference)
        return Source(reference.id, folder, None, folder, None)
    adapter = hub_client.download_adapter(reference)
    base = hub_client.download_model(place.reference("base_model"), with_tokenizer=False)
    return Source(reference.id, base, adapter, _with_tokenizer(adapter, base, reference.id), None)


def _reference(raw: Mapping[str, Any]) -> Reference:
    return Reference(str(raw["id"]), str(raw["commit"]))


def _with_tokenizer(adapter: Path, base: Path, name: str) -> Path:
    """An adapter may bring its own; else that of its base counts."""
    for folder in (adapter, base):
        if hub_client.has_tokenizer([path.name for path in folder.iterdir()]):
            return folder
    raise bad_input(f"Neither {name} nor its base model has a tokenizer. Upload tokenizer.json beside it.")


def open_source(source: Source, answers: Path, settings: Mapping[str, Any], device: str, on_tick: Any) -> Any:
    """The model, on its device. Raises Failure(bad-input) when it cannot be loaded without running code."""
    batch = int(settings["batch_size"])
    pieces = {
        "answers": answers,
        "piece": max(PIECE, batch),
        "draw_seed": int(settings["seed"]),
        "on_tick": on_tick,
        "batch_size": batch,
    }
    if source.endpoint:
        return _endpoint(source, source.endpoint, pieces)
    local: dict[str, Any] = {
        "pretrained": str(source.folder),
        "tokenizer": str(source.tokenizer),
        "dtype": settings["dtype"],
    }
    if settings.get("backend") == "vllm":
        return _vllm(source, local, pieces)
    from evals_app.engines.evaluate.hub_lm import HubLM

    try:
        return HubLM(
            **pieces,
            **local,
            device=device,
            peft=str(source.adapter) if source.adapter else None,
            use_safetensors=True,
            trust_remote_code=False,
        )
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise bad_input(f"The model could not be loaded: {error}") from error


def refuse_missing_backend(settings: Mapping[str, Any]) -> None:
    """Before anything is downloaded."""
    if settings.get("backend") == "vllm" and importlib.util.find_spec("vllm") is None:
        raise Failure(
            failures.CANNOT_START,
            "vLLM is not installed on this worker. Choose the backend `transformers`, or a queue whose "
            "workers have vLLM in their engines' environment.",
        )


def _vllm(source: Source, local: Mapping[str, Any], pieces: Mapping[str, Any]) -> Any:
    from lm_eval.models.vllm_causallms import VLLM

    from evals_app.engines.evaluate.hub_lm import InPieces

    class VllmLM(InPieces, VLLM):
        backend = "causal"

    lora: dict[str, Any] = {"lora_local_path": str(source.adapter)} if source.adapter else {}
    try:
        return VllmLM(**pieces, **local, **lora, seed=pieces["draw_seed"], trust_remote_code=False)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise bad_input(f"The model could not be loaded by vLLM: {error}") from error


def _endpoint(source: Source, endpoint: Mapping[str, Any], pieces: Mapping[str, Any]) -> Any:
    from evals_app.engines.evaluate.hub_lm import ChatLM, CompletionsLM

    is_chat = endpoint["api"] == "chat"
    common = {
        "model": endpoint["model"],
        "base_url": f"{_address(endpoint)}/{'chat/' if is_chat else ''}completions",
        "header": _header(endpoint),
        "max_length": int(endpoint.get("context") or 2048),
        "tokenizer_backend": "huggingface" if source.tokenizer and not is_chat else None,
        "tokenizer": str(source.tokenizer) if source.tokenizer and not is_chat else None,
        "tokenized_requests": bool(source.tokenizer) and not is_chat,
        "eos_string": "",
        "max_retries": 3,
        "timeout": 120,
    }
    return (ChatLM if is_chat else CompletionsLM)(**{**pieces, "batch_size": 1}, **common)


def _address(endpoint: Mapping[str, Any]) -> str:
    """Through the hub, which knows the key and checks the address; directly where somebody repeats a run."""
    through = str(endpoint.get("through") or "")
    return f"{os.environ['HF_ENDPOINT'].rstrip('/')}{through}" if through else str(endpoint["base_url"])


def _header(endpoint: Mapping[str, Any]) -> dict[str, str]:
    key = os.environ.get("HF_TOKEN" if endpoint.get("through") else KEY_VARIABLE, "")
    return {"Authorization": f"Bearer {key}"} if key else {"Accept": "application/json"}


def refuse_unscored(source: Source, tasks: Sequence[DeclaredTask]) -> None:
    """Likelihoods of given texts are what most servers do not tell."""
    endpoint = source.endpoint
    if endpoint is None:
        return
    scored = [task.name for task in tasks if task.kind in SCORED_KINDS]
    if scored and (endpoint["api"] == "chat" or not source.tokenizer):
        raise bad_input(
            f"{', '.join(scored)} compares likelihoods of given texts, which {source.name} does not tell: it "
            "needs a completions API with `echo` and `logprobs`, and a tokenizer on this hub."
        )
