"""A small OpenAI-compatible server on the loopback address: every text is as likely as it is long."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

KEY = "sk-very-secret"


@dataclass
class ModelServer:
    base_url: str
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def host(self) -> str:
        return self.base_url.removeprefix("http://").removesuffix("/v1")


@contextmanager
def serving(key: str = KEY) -> Iterator[ModelServer]:
    found = ModelServer("")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found.calls.append((self.path, body))
            if key and self.headers.get("Authorization") != f"Bearer {key}":
                return self.answer(401, {"error": {"message": "Wrong key"}})
            if "/nowhere/" in self.path:
                return self.answer(404, {"error": {"message": "Nothing here"}})
            chat = self.path.endswith("/chat/completions")
            return self.answer(200, {"choices": _chat() if chat else _completions(body)})

        def answer(self, status: int, value: dict[str, Any]) -> None:
            data = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.base_url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()


def _chat() -> list[dict[str, Any]]:
    return [{"index": 0, "message": {"role": "assistant", "content": "Bonjour\nand more"}}]


def _completions(body: dict[str, Any]) -> list[dict[str, Any]]:
    prompts = body["prompt"] if isinstance(body["prompt"][0], list | str) else [body["prompt"]]
    if isinstance(body["prompt"], str):
        prompts = [body["prompt"]]
    if not body.get("echo"):
        return [{"index": at, "text": " Bonjour"} for at, _ in enumerate(prompts)]
    return [_echoed(at, tokens) for at, tokens in enumerate(prompts)]


def _echoed(at: int, tokens: list[int]) -> dict[str, Any]:
    """One unlikely token more, as real servers add the generated one."""
    values: list[float | None] = [None, *[-1.0] * (len(tokens) - 1), -9.0]
    tops = [None, *[{"a": -1.0} for _ in values[1:]]]
    return {"index": at, "text": "", "logprobs": {"token_logprobs": values, "top_logprobs": tops}}
