"""Papers are known to those who may see what cites them."""

from __future__ import annotations

from tests.factories.repositories import commit_files
from tests.rules.permissions import Row, World


def cite(world: World) -> dict[str, str]:
    commit_files(world.secret, world.acme, {"README.md": "See https://arxiv.org/abs/1706.03762v5"})
    return {}


ROWS = [
    Row("hf:paper-search", "/api/papers/search?q=1706", (200, 200, 200, 200), by="token"),
    Row("hf:paper", "/api/papers/1706.03762", (404, 404, 200, 200), by="token", prepare=cite),
    Row("browse:papers", "/papers", (200, 200, 200, 200)),
    Row("browse:paper", "/papers/1706.03762", (404, 404, 200, 200), prepare=cite),
]
