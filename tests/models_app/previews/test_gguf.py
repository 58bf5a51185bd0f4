from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import pytest

from models_app.previews import gguf


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def pair(name: str, value: Any) -> bytes:
    if isinstance(value, str):
        return text(name) + struct.pack("<I", 8) + text(value)
    if isinstance(value, list):
        return text(name) + struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(text, value))
    return text(name) + struct.pack("<II", 4, value)


def tensor(name: str, *shape: int) -> bytes:
    return text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, 0)


def file_of(pairs: dict[str, Any], *tensors: bytes) -> bytes:
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(pairs))
    return head + b"".join(pair(*each) for each in pairs.items()) + b"".join(tensors) + bytes(64)


def summary_of(data: bytes) -> gguf.Summary:
    def read(start: int, end: int) -> Iterator[bytes]:
        yield data[start:end]

    return gguf.read_summary(read, len(data))


LLAMA = {
    "general.architecture": "llama",
    "llama.context_length": 4096,
    "tokenizer.ggml.scores": ["not", "kept"],
    "tokenizer.ggml.tokens": ["<s>", "</s>", "a"],
    "tokenizer.ggml.bos_token_id": 0,
    "tokenizer.ggml.eos_token_id": 9,
    "tokenizer.chat_template": "{{ messages }}",
}


def test_it_reads_what_a_file_says_of_itself() -> None:
    found = summary_of(file_of(LLAMA, tensor("a", 3, 4), tensor("b", 5)))
    assert found.as_json() == {
        "total": 17,
        "architecture": "llama",
        "context_length": 4096,
        "chat_template": "{{ messages }}",
        "bos_token": "<s>",
    }


def test_it_reads_over_the_borders_of_blocks(monkeypatch) -> None:
    monkeypatch.setattr(gguf, "BLOCK", 7)
    assert summary_of(file_of(LLAMA, tensor("a", 2))).context_length == 4096


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GGUF",
        b"PK" + bytes(100),
        b"GGUF" + struct.pack("<IQQ", 1, 0, 0),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 60),
        b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 0),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1 << 62),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("x") + struct.pack("<I", 99),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("x") + struct.pack("<IIQ", 9, 9, 5),
        file_of(LLAMA)[:-90],
        b"GGUF" + struct.pack("<IQQ", 3, 1, 0) + text("x") + struct.pack("<I", 1 << 30),
    ],
)
def test_it_refuses_what_is_none(data: bytes) -> None:
    with pytest.raises(gguf.BadHeader):
        summary_of(data)
