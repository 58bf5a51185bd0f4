"""The working directory of a job: what it was told, and what it leaves."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals_app.engines.failures import bad_input


@dataclass(frozen=True, slots=True)
class Reference:
    """A repository at a commit."""

    id: str
    commit: str


@dataclass(frozen=True, slots=True)
class Workplace:
    folder: Path
    spec: dict[str, Any]

    def text(self, name: str) -> str:
        value = self.spec.get(name)
        if not isinstance(value, str) or not value:
            raise bad_input(f"spec.json: `{name}` is missing.")
        return value

    def reference(self, name: str) -> Reference:
        value = self.spec.get(name)
        if not isinstance(value, dict) or not value.get("id") or not value.get("commit"):
            raise bad_input(f"spec.json: `{name}` must hold `id` and `commit`.")
        return Reference(value["id"], value["commit"])

    @property
    def job(self) -> str:
        return self.text("job")

    @property
    def settings(self) -> dict[str, Any]:
        return dict(self.spec.get("settings") or {})

    @property
    def is_private(self) -> bool:
        return bool(self.spec.get("private"))

    def path(self, *parts: str) -> Path:
        """A path below the working directory whose parent exists."""
        path = self.folder.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def write(self, name: str, value: dict[str, Any]) -> None:
        """Whole or not at all."""
        write_json(self.path(name), value)


def write_json(path: Path, value: Any) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False), encoding="utf-8")
    draft.replace(path)


def enter(folder: Path) -> Workplace:
    """Reads spec.json and removes what an earlier attempt said about its end."""
    folder = folder.resolve()
    spec = json.loads((folder / "spec.json").read_text(encoding="utf-8"))
    for name in ("result.json", "error.json"):
        (folder / name).unlink(missing_ok=True)
    # Set before any library reads them; what the supervisor gave stays.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("HF_HOME", str(folder / "hf"))
    os.environ.update(
        TOKENIZERS_PARALLELISM="false",
        HF_HUB_DISABLE_TELEMETRY="1",
        # Progress leaves as events; bars would fill the log.
        HF_HUB_DISABLE_PROGRESS_BARS="1",
        TQDM_DISABLE="1",
        DISABLE_SAFETENSORS_CONVERSION="1",
        DISABLE_MULTIPROC="1",
    )
    return Workplace(folder, spec)
