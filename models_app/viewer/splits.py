"""Which files of a dataset make which configuration and split, by the rules of the `datasets` library.

The card's `configs` decide; without them the names of files and folders do. Pure: paths in, splits out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from models_app.repositories.globs import compile_glob
from models_app.viewer.formats import (
    COMPRESSIONS,
    FAMILIES,
    LOADED_ELSEWHERE,
    MEDIA,
    METADATA,
    UNREADABLE,
    Family,
)

DEFAULT_CONFIG, DEFAULT_SPLIT = "default", "train"
SPLIT_NAME = re.compile(r"\w+(\.\w+)*")
CONFIG_NAME = re.compile(r"[^<>:/\\|?*\x00-\x1f]{1,100}")
SHARD = re.compile(r"data/([^/]+)-\d{5}-of-\d{5}[^/]*\.[^/]*")
KEYWORDS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "dev", "val"),
    "test": ("test", "testing", "eval", "evaluation"),
}
# What stands beside a keyword in a name.
EDGE = "[-._ 0-9]"
IN_FOLDERS = (
    "**/{0}/**",
    f"**/{{0}}{EDGE}*/**",
    f"**/*{EDGE}{{0}}/**",
    f"**/*{EDGE}{{0}}{EDGE}*/**",
)
IN_NAMES = (f"**/{{0}}{EDGE}*", f"**/*{EDGE}{{0}}{EDGE}*")
NO_DATA = frozenset(
    ["README.md", "config.json", "dataset_info.json", "dataset_infos.json", "dataset_dict.json"]
)
MAX_CONFIGS, MAX_SPLITS, MAX_PATTERNS = 200, 50, 200


class NoPlan(ValueError):
    """Why no split can be made, in a sentence for the author of the card."""


@dataclass(frozen=True, slots=True)
class Split:
    """`options` are the settings of the configuration that change how a file is read.

    One whose files hold no rows that can be shown has a `problem` instead of files. `described_by` are tables
    that tell more about the pictures or sounds beside them.
    """

    config: str
    name: str
    family: Family
    files: tuple[str, ...]
    options: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    described_by: tuple[str, ...] = ()


Named = dict[str, list[str]]


def plan(card: Mapping[str, Any], paths: Sequence[str]) -> list[Split]:
    """The splits in the order of the card, `train` first where names decide; one of them at least has rows.

    Raises NoPlan.
    """
    configs = card.get("configs")
    found = _of_configs(configs, paths) if configs else _of_config(DEFAULT_CONFIG, {}, paths)
    if all(split.problem for split in found):
        raise NoPlan(found[0].problem)
    return found


def _of_configs(configs: Any, paths: Sequence[str]) -> list[Split]:
    if not isinstance(configs, list) or len(configs) > MAX_CONFIGS:
        raise NoPlan(f"`configs` of the card must be a list of at most {MAX_CONFIGS} configurations.")
    found: list[Split] = []
    for config in configs:
        name = config.get("config_name") if isinstance(config, dict) else None
        if not isinstance(name, str) or not CONFIG_NAME.fullmatch(name) or name.startswith("."):
            raise NoPlan("Each entry of `configs` needs a `config_name` that can be the name of a folder.")
        if any(split.config == name for split in found):
            raise NoPlan(f"The card names the configuration {name} twice.")
        try:
            found += _of_config(name, config, paths)
        except NoPlan as problem:
            found.append(Split(name, DEFAULT_SPLIT, UNREADABLE, (), {}, str(problem)))
    return found


def default_config(card: Mapping[str, Any], splits: Sequence[Split]) -> str:
    """The one that is marked, is called `default`, or comes first."""
    names = list(dict.fromkeys(split.config for split in splits))
    configs = card.get("configs")
    for config in configs if isinstance(configs, list) else ():
        if isinstance(config, dict) and config.get("default") is True and config.get("config_name") in names:
            return str(config["config_name"])
    return DEFAULT_CONFIG if DEFAULT_CONFIG in names or not names else names[0]


def _of_config(name: str, config: Mapping[str, Any], paths: Sequence[str]) -> list[Split]:
    folder = config.get("data_dir") or ""
    if not isinstance(folder, str):
        raise NoPlan(f"`data_dir` of {name} must be the path of a folder.")
    lead = f"{folder.strip('/')}/" if folder.strip("/.") else ""
    inside = [path.removeprefix(lead) for path in paths if path.startswith(lead)]
    patterns = config.get("data_files")
    named = _by_names(inside) if patterns is None else _by_patterns(name, patterns, inside)
    if not named:
        raise NoPlan("There are no data files." if name == DEFAULT_CONFIG else f"{name} has no data files.")
    if len(named) > MAX_SPLITS:
        raise NoPlan(f"{name} has more than {MAX_SPLITS} splits.")
    delimiter = config.get("sep") or config.get("delimiter")
    options = {"delimiter": delimiter} if isinstance(delimiter, str) and len(delimiter) == 1 else {}
    return [_split(name, split, lead, files, options) for split, files in named.items()]


def _split(config: str, name: str, lead: str, files: Sequence[str], options: dict[str, str]) -> Split:
    """Of one family: stricter readers refuse a mixture of splits, here it is shown."""
    if not files:
        return Split(config, name, UNREADABLE, (), options, f"No file fits the paths of {config}, {name}.")
    try:
        family = _family(files)
    except NoPlan as problem:
        return Split(config, name, UNREADABLE, (), options, str(problem))
    fitting = tuple(lead + path for path in files if family.fits(path))
    tables = [lead + path for path in files if path.rpartition("/")[2] in METADATA]
    described_by = tuple(tables) if family.name in MEDIA else ()
    return Split(config, name, family, fitting, options, described_by=described_by)


def _by_patterns(config: str, written: Any, paths: Sequence[str]) -> Named:
    named: Named = {}
    for split, patterns in _as_splits(config, written):
        if not SPLIT_NAME.fullmatch(split):
            raise NoPlan(f"{split!r} of {config} cannot name a split: letters, digits, `_` and `.` can.")
        if split in named:
            raise NoPlan(f"{config} names the split {split} twice.")
        if len(patterns) > MAX_PATTERNS:
            raise NoPlan(f"{config} has more than {MAX_PATTERNS} paths for {split}.")
        files = dict.fromkeys(path for pattern in patterns for path in matching(pattern, paths))
        named[split] = list(files)
    return named


def _as_splits(config: str, written: Any) -> list[tuple[str, list[str]]]:
    """`data_files` may be a path, a list of paths, or a list of splits with their paths."""
    entries = written if isinstance(written, list) else [written]
    if entries and all(isinstance(entry, str) for entry in entries):
        return [(DEFAULT_SPLIT, entries)]
    found = []
    for entry in entries:
        split, path = (entry.get("split"), entry.get("path")) if isinstance(entry, dict) else (None, None)
        patterns: list[Any] = path if isinstance(path, list) else [path]
        if not isinstance(split, str) or not all(isinstance(each, str) for each in patterns):
            raise NoPlan(
                f"`data_files` of {config} must be a path, a list of paths, or a list of `split` and `path`."
            )
        found.append((split, patterns))
    return found


def _by_names(paths: Sequence[str]) -> Named:
    """Shards in `data/` first, then folders called after a split, then files, then all there is."""
    shards: Named = {}
    for path in sorted(paths):
        if match := SHARD.fullmatch(path):
            shards.setdefault(match[1], []).append(path)
    if shards:
        order = [*(name for name in KEYWORDS if name in shards), *sorted(shards.keys() - KEYWORDS.keys())]
        return {name: shards[name] for name in order if SPLIT_NAME.fullmatch(name)}
    candidates = [path for path in paths if _extensions(path) & _KNOWN]
    for forms in (IN_FOLDERS, IN_NAMES):
        named = {}
        for split, words in KEYWORDS.items():
            patterns = [form.format(word) for word in words for form in forms]
            files = dict.fromkeys(path for pattern in patterns for path in matching(pattern, candidates))
            if files:
                named[split] = list(files)
        if named:
            return named
    everything = matching("**", candidates)
    return {DEFAULT_SPLIT: everything} if everything else {}


def matching(pattern: str, paths: Sequence[str]) -> list[str]:
    """The paths that a pattern means: from the top, `*` within a folder, `**` through folders.

    Hidden files and folders are meant only by patterns that name them.
    """
    glob = compile_glob("/" + pattern.strip("/").removeprefix("./"))
    if glob is None:
        raise NoPlan(f"The path {pattern[:100]!r} is malformed.")
    base = pattern.rpartition("/")[2]
    hidden = _hidden(pattern)
    return sorted(
        path
        for path in paths
        if glob.matches(path)
        and _hidden(path) == hidden
        and (path.rpartition("/")[2] not in NO_DATA or path.rpartition("/")[2] == base)
    )


def _hidden(path: str) -> int:
    *folders, name = path.split("/")
    return sum(word.startswith((".", "__")) for word in folders) + name.startswith(".")


def _extensions(path: str) -> set[str]:
    return {word.lower() for word in path.rpartition("/")[2].split(".")[1:]}


_FAMILY_OF = {extension: family for family in FAMILIES for extension in family.extensions}
_KNOWN = _FAMILY_OF.keys() | LOADED_ELSEWHERE


def _family(paths: Sequence[str]) -> Family:
    """What most of the files are, tables beside them left out; Parquet, then JSON, then CSV where as many are
    of each."""
    data = [path for path in paths if path.rpartition("/")[2] not in METADATA] or paths
    counts = Counter(word for path in data for word in _extensions(path) - COMPRESSIONS.keys())
    known = {word: count for word, count in counts.items() if word in _KNOWN}
    if not known:
        raise NoPlan("There are no files of a format that holds rows.")
    rank = {word: -at for at, word in enumerate(_FAMILY_OF)}
    best = max(known, key=lambda word: (known[word], rank.get(word, -100), word))
    if best not in _FAMILY_OF:
        raise NoPlan(
            f"Most files are .{best}; CSV, JSON, Parquet, text, pictures and sounds are shown as rows."
        )
    return _FAMILY_OF[best]
