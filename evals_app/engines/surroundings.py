"""Threads, device and versions: what a number depends on besides model and data."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from typing import Any

SMALL_MODEL = 8_000_000
PACKAGES = (
    "torch",
    "transformers",
    "tokenizers",
    "lm_eval",
    "datasets",
    "sacrebleu",
    "huggingface_hub",
    "numpy",
)


def use_given_threads(parameters: int) -> None:
    """Keep to the slot's threads: more of them than free cores makes each step several times slower.

    A small model takes one. A second gained 3 % at 1.2 million parameters on idle cores, and on busy ones
    each of a step's many short loops waits for it.
    """
    import torch

    threads = max(1, int(os.environ["OMP_NUM_THREADS"]))
    torch.set_num_threads(1 if parameters < SMALL_MODEL else threads)


def device(wanted: str) -> str:
    """`cuda` where `auto` finds one, else `cpu`."""
    import torch

    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return wanted


def describe() -> dict[str, Any]:
    import torch

    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "threads": torch.get_num_threads(),
        "packages": {name: metadata.version(name) for name in PACKAGES},
    }


def hardware(device_name: str) -> dict[str, Any]:
    import torch

    found: dict[str, Any] = {"device": device_name, "cpu": _processor(), "cores": os.cpu_count()}
    if device_name.startswith("cuda"):
        found["gpu"] = torch.cuda.get_device_name()
        found["gpu_memory_bytes"] = torch.cuda.get_device_properties(0).total_memory
    return found


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123 — not a real file
            for line in lines:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
