"""`suite.yaml`: benchmarks that are measured together, with weights. Pure: text in, checked values out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from evals_app.catalog import yaml_lines
from evals_app.catalog.metric_reader import REPOSITORY
from evals_app.catalog.yaml_lines import Path
from evals_app.catalog.yaml_reader import YamlReader
from hub.core.errors import InvalidInput

FILE_NAME = "suite.yaml"
MAX_BYTES = 100_000
MAX_MEMBERS = 64
SUITE_KEYS = ("title", "version", "description", "benchmarks")
MEMBER_KEYS = ("benchmark", "revision", "tasks", "weight")


@dataclass(frozen=True, slots=True)
class Member:
    """No `tasks` means all of them; `weight` is what a leaderboard may give its scores."""

    benchmark: str
    revision: str
    tasks: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class SuiteDeclaration:
    title: str
    version: str
    description: str
    benchmarks: tuple[Member, ...]

    def as_json(self) -> dict[str, Any]:
        value = asdict(self)
        value["benchmarks"] = [{**member, "tasks": list(member["tasks"])} for member in value["benchmarks"]]
        return value


def parse(text: str) -> SuiteDeclaration:
    """InvalidInput says the line, what is wrong there, and what would be right."""
    if len(text) > MAX_BYTES:
        raise InvalidInput(f"{FILE_NAME} is longer than {MAX_BYTES} characters.")
    return _Reader(yaml_lines.load(text), FILE_NAME).suite()


class _Reader(YamlReader):
    def suite(self) -> SuiteDeclaration:
        data = self.mapping(self.document.value, (), SUITE_KEYS)
        value, path = data.get("benchmarks"), ("benchmarks",)
        if not isinstance(value, list) or not 1 <= len(value) <= MAX_MEMBERS:
            raise self.wrong(path, f"`benchmarks` must be a list of 1 to {MAX_MEMBERS} benchmarks.")
        members = tuple(self.member(item, (*path, index)) for index, item in enumerate(value))
        seen: set[str] = set()
        for index, member in enumerate(members):
            if member.benchmark.lower() in seen:
                raise self.wrong((*path, index), f"{member.benchmark} is named twice; name its tasks once.")
            seen.add(member.benchmark.lower())
        return SuiteDeclaration(
            title=self.text(data, "title", ()),
            version=self.text(data, "version", (), limit=32),
            description=self.text(data, "description", (), limit=20_000, default=""),
            benchmarks=members,
        )

    def member(self, value: Any, path: Path) -> Member:
        data = self.mapping({"benchmark": value} if isinstance(value, str) else value, path, MEMBER_KEYS)
        benchmark = self.text(data, "benchmark", path)
        if not REPOSITORY.fullmatch(benchmark):
            raise self.wrong(
                (*path, "benchmark"), "`benchmark` must be namespace/name of a benchmark on this hub."
            )
        return Member(
            benchmark=benchmark,
            revision=self.text(data, "revision", path, default="main"),
            tasks=self.texts(data.get("tasks"), (*path, "tasks")),
            weight=self.number(data, "weight", path, 1.0, 0.0, 1_000_000.0),
        )
