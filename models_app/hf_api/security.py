"""What scans found, in the words that clients know."""

from __future__ import annotations

from typing import Any

from models_app.repositories.models import Repository
from models_app.scans import selectors, services
from models_app.scans.models import Level, PickleScan

STATUSES: dict[str, str] = {
    Level.INNOCUOUS: "safe",
    Level.SUSPICIOUS: "suspicious",
    Level.DANGEROUS: "unsafe",
    Level.UNREADABLE: "error",
}
UNSCANNED = "queued"


def file_status(scan: PickleScan | None) -> dict[str, Any]:
    """The hub looks for imports of pickles and for no viruses, so `avScan` is empty."""
    answer: dict[str, Any] = {"status": UNSCANNED, "avScan": None, "pickleImportScan": None}
    if scan is not None:
        answer["status"] = STATUSES[scan.level]
        answer["pickleImportScan"] = {
            "status": STATUSES[scan.level],
            "highestSafetyLevel": scan.level,
            "pickleImports": [
                {"module": module, "name": name, "safety": level} for module, name, level in scan.imports
            ],
        }
    return answer


def repository_status(repository: Repository, commit: str) -> dict[str, Any]:
    """Costs reading the tree; asked for by `securityStatus`."""
    found = selectors.scans_at(repository, commit)
    done = None not in found.values()
    if not done:
        services.ask(repository, commit)
    issues = [
        {"path": path, "level": STATUSES[scan.level]}
        for path, scan in found.items()
        if scan is not None and scan.level != Level.INNOCUOUS
    ]
    return {"scansDone": done, "filesWithIssues": issues}
