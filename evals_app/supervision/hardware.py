"""What this machine has, asked without loading any framework."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from typing import Any

NVIDIA_QUERY = ("nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits")
MEBIBYTE = 1024 * 1024


def devices() -> list[dict[str, Any]]:
    """One dictionary a device: kind, name, memory_bytes, count."""
    return [processor(), *graphics_cards()]


def processor() -> dict[str, Any]:
    return {
        "kind": "cpu",
        "name": platform.processor() or platform.machine(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "count": len(os.sched_getaffinity(0)),
    }


def graphics_cards() -> list[dict[str, Any]]:
    try:
        answer = subprocess.run(NVIDIA_QUERY, capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    return parse_cards(answer)


def parse_cards(answer: str) -> list[dict[str, Any]]:
    """The lines of `nvidia-smi`, equal cards counted together."""
    cards: dict[tuple[str, int], int] = {}
    for line in answer.splitlines():
        name, _, memory = line.rpartition(",")
        if name and memory.strip().isdigit():
            card = (name.strip(), int(memory) * MEBIBYTE)
            cards[card] = cards.get(card, 0) + 1
    return [
        {"kind": "gpu", "name": name, "memory_bytes": memory, "count": count}
        for (name, memory), count in cards.items()
    ]


@dataclass(frozen=True, slots=True)
class Device:
    """What jobs run on: a card by its number, or the processors (None)."""

    card: int | None
    facts: dict[str, Any]


def chosen(wanted: str) -> list[Device]:
    """`wanted` is `auto` (all cards, else the processors), `cpu`, or numbers of cards as `0,1`.

    ValueError says what this machine does not have.
    """
    cards = each_card()
    if wanted == "cpu" or (wanted == "auto" and not cards):
        return [Device(None, processor())]
    numbers = range(len(cards)) if wanted == "auto" else _numbers(wanted, len(cards))
    return [Device(number, cards[number]) for number in numbers]


def each_card() -> list[dict[str, Any]]:
    return [{**card, "count": 1} for card in graphics_cards() for _ in range(card["count"])]


def _numbers(wanted: str, count: int) -> list[int]:
    numbers = [int(word) for word in wanted.split(",") if word.strip().isdecimal()]
    if not numbers or len(set(numbers)) != len(wanted.split(",")) or max(numbers) >= count:
        raise ValueError(f"--devices is `auto`, `cpu` or numbers of cards below {count}, not {wanted!r}.")
    return numbers
