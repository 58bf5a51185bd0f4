"""Which paths a `.gitignore` text leaves out, as git decides."""

from __future__ import annotations

from dataclasses import dataclass

from models_app.repositories.globs import Glob, compile_glob

# More than any real file has; it bounds the work of a question.
MAX_RULES = 1_000


@dataclass(frozen=True, slots=True)
class Rule:
    glob: Glob
    ignores: bool
    folders_only: bool


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """Rules in the order of the file; the last that fits decides."""

    rules: tuple[Rule, ...]

    def ignores(self, path: str) -> bool:
        """A file below an ignored folder is ignored, whatever later rules say of the file itself."""
        if not self.rules:
            return False
        segments = path.split("/")
        folders = ("/".join(segments[:depth]) for depth in range(1, len(segments)))
        return any(self._decide(folder, is_folder=True) for folder in folders) or self._decide(
            path, is_folder=False
        )

    def _decide(self, path: str, *, is_folder: bool) -> bool:
        for rule in reversed(self.rules):
            if (is_folder or not rule.folders_only) and rule.glob.matches(path):
                return rule.ignores
        return False


def parse(text: str) -> IgnoreRules:
    """Malformed lines are left out, and those after the first MAX_RULES."""
    rules = [rule for line in text.splitlines()[: 5 * MAX_RULES] if (rule := _rule(line))]
    return IgnoreRules(tuple(rules[:MAX_RULES]))


def _rule(line: str) -> Rule | None:
    line = line.rstrip("\r")
    while line.endswith(" ") and not line.endswith("\\ "):
        line = line[:-1]
    if not line or line.startswith("#"):
        return None
    ignores = not line.startswith("!")
    pattern = line if ignores else line[1:]
    folders_only = pattern.endswith("/")
    pattern = pattern.rstrip("/")
    glob = compile_glob(pattern) if pattern else None
    return Rule(glob, ignores, folders_only) if glob else None
