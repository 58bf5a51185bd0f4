"""Under which conditions a worker runs engines: places, limits, walls. Said once, when it starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from walls import building
from walls.building import Builder, Walls
from walls.containers import Runtime

NO_WALLS = Walls(Builder.NONE, files=False, network=False, processes=False)


@dataclass(frozen=True, slots=True)
class Conditions:
    """Limits of 0 are none; `threads` 0 means all processors. `cards` is what CUDA_VISIBLE_DEVICES holds,
    None leaves it as it is. `other_hosts` may be reached besides the hub (an object store), as host:port.
    """

    python: str
    work_dir: Path
    hub_url: str
    heartbeat_seconds: float = 3
    lease_seconds: float = 20
    threads: int = 0
    memory_bytes: int = 0
    disk_bytes: int = 0
    core_watts: float = 8.0
    cards: str | None = None
    walls: Walls = field(default_factory=building.detect)
    other_hosts: tuple[str, ...] = ()
    readable: tuple[Path, ...] = ()
    allows_unwalled_code: bool = False
    containers: Runtime | None = None

    @property
    def hub_host(self) -> str:
        return urlsplit(self.hub_url).hostname or ""

    @property
    def hub_port(self) -> int:
        parts = urlsplit(self.hub_url)
        return parts.port or (443 if parts.scheme == "https" else 80)

    @property
    def hub_address(self) -> str:
        return f"{self.hub_host}:{self.hub_port}"

    @property
    def hub_is_here(self) -> bool:
        return self.hub_url.startswith("http://") and self.hub_host in {"127.0.0.1", "localhost"}
