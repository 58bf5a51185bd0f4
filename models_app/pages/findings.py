"""What was found in files that may run code, as badges."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from models_app.repositories.models import Repository
from models_app.repositories.types import TreeEntry
from models_app.scans import selectors, services
from models_app.scans.models import Level, PickleScan

KINDS: dict[str, str] = {
    Level.INNOCUOUS: "good",
    Level.SUSPICIOUS: "warn",
    Level.DANGEROUS: "bad",
    Level.UNREADABLE: "warn",
}
WORDS = {
    Level.INNOCUOUS: gettext_lazy("harmless"),
    Level.SUSPICIOUS: gettext_lazy("unknown"),
    Level.DANGEROUS: gettext_lazy("dangerous"),
    Level.UNREADABLE: gettext_lazy("not checked"),
}


@dataclass(frozen=True, slots=True)
class ImportRow:
    name: str
    kind: str
    word: str


@dataclass(frozen=True, slots=True)
class Finding:
    """`kind` colours the badge, `word` stands on it, `text` says it in a sentence."""

    kind: str
    word: str
    text: str
    imports: list[ImportRow] = field(default_factory=list)


def findings_of(repository: Repository, commit: str, entries: Iterable[TreeEntry]) -> dict[str, Finding]:
    """By path, for those that may run code. One query where there are any; what nobody looked at yet is
    handed to the workers."""
    found = selectors.scans_of(entries)
    if None in found.values():
        services.ask(repository, commit)
    return {path: _finding(scan) for path, scan in found.items()}


def _finding(scan: PickleScan | None) -> Finding:
    if scan is None:
        text = _("Loading this format can run code. Only load it from people you trust.")
        return Finding("warn", "", text)
    rows = [
        ImportRow(f"{module}.{name}", KINDS[level], str(WORDS[Level(level)]))
        for module, name, level in scan.imports
    ]
    return Finding(KINDS[scan.level], str(WORDS[Level(scan.level)]), scan.get_level_display(), rows)
