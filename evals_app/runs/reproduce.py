"""How anybody repeats a run outside this hub: one shell command, the same engine, the same commits.

The command fetches a script that makes a virtual environment with the recorded versions, fetches the
evaluation engine as one file, runs it on the order of the run against this hub's address, and compares.
It ends with 0 when every value is the recorded one, with DIFFERENT when it ran and one is not.
"""

from __future__ import annotations

import io
import json
import shlex
import zipfile
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from evals_app.jobs import withholding
from evals_app.runs.models import Run

# Only these, and no Django: what the engine consists of.
ENGINE_PARTS = ("evals_app/engines", "evals_app/metrics", "evals_app/splits.py", "walls")
MAIN = """\
import sys

from evals_app.engines.__main__ import main

sys.exit(main(sys.argv[1:]))
"""
# Zip files know no earlier moment; a fixed one makes equal sources equal files.
EPOCH = (1980, 1, 1, 0, 0, 0)
# What the script ends with where values differ; anything else but 0 means that nothing was measured.
DIFFERENT = 3


def command(run: Run, hub_url: str) -> str:
    """Needs curl and Python 3.11. Private runs, and held-out items, read HF_TOKEN from the environment.
    Fetched whole before it runs: a pipe into a shell would hide that the hub refused, and run half a
    script."""
    header = '-H "Authorization: Bearer $HF_TOKEN" ' if run.is_private or run.is_held_out else ""
    return f"curl -fsSLO {header}{shlex.quote(f'{hub_url}/runs/{run.pk}/reproduce.sh')} && sh reproduce.sh"


def folder(run: Run) -> str:
    """Where the script works, below the current directory."""
    return f"reproduce-{str(run.pk)[:8]}"


def script(run: Run, hub_url: str) -> str:
    """Prints each recorded value beside the one measured again, and writes them to `comparison.json`. Of
    held-out items with prompts and all digits, for those alone who may see them. `PYTHON` skips making an
    environment, `TOLERANCE` allows for other hardware."""
    told = {value.metric: value.value for value in run.values.all()}
    recorded = withholding.exact_values(run.job, run.task) or told
    return SCRIPT.format(
        title=_one_line(f"{run.model_name} on {run.benchmark_name}, task {run.task}"),
        run=run.pk,
        hub=shlex.quote(hub_url),
        folder=folder(run),
        requirements="\n".join(requirements(run)),
        spec=json.dumps(order_of(run)),
        recorded=json.dumps(recorded),
        different=DIFFERENT,
    )


def order_of(run: Run) -> dict[str, Any]:
    """The job's order, narrowed to this run's task; nothing is uploaded."""
    spec = withholding.full_order(run.job)
    tasks = [task for task in spec["tasks"] if task["name"] == run.task]
    settings_ = {**spec["settings"], **{k: v for k, v in run.settings.items() if k in spec["settings"]}}
    order = {**spec, "tasks": tasks, "settings": settings_, "samples_repository": ""}
    order["private"] = run.is_private
    if "endpoint" in spec:
        # Whoever repeats it asks the server themself, with a key of their own in LLMOS_ENDPOINT_KEY.
        order["endpoint"] = {k: v for k, v in spec["endpoint"].items() if k != "through"}
    return order


def requirements(run: Run) -> list[str]:
    """The engine's pinned packages, in the versions the run recorded where it did."""
    pins = dict(_pins())
    for name, version in (run.environment.get("packages") or {}).items():
        # "2.13.0+cpu" names a build, which an index may not have.
        pins[str(name).replace("-", "_").lower()] = str(version).partition("+")[0]
    return [f"{name}=={version}" for name, version in sorted(pins.items()) if _is_plain(name + version)]


def _pins() -> Iterator[tuple[str, str]]:
    for line in (settings.BASE_DIR / "requirements" / "engines.txt").read_text().splitlines():
        name, separator, version = line.partition("==")
        if separator and not line.startswith("#"):
            yield name.strip().replace("-", "_").lower(), version.split()[0].partition("+")[0]


def _is_plain(text: str) -> bool:
    return all(character.isalnum() or character in "._-!" for character in text)


def _one_line(text: str) -> str:
    return " ".join(text.split())


@lru_cache(maxsize=1)
def engine_archive() -> bytes:
    """The evaluation engine as a zipapp."""
    return archive_of(ENGINE_PARTS, MAIN)


def archive_of(parts: Sequence[str], main: str) -> bytes:
    """Packages and modules as a zipapp; the same bytes for the same sources."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _archive_members(settings.BASE_DIR, parts, main):
            archive.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _archive_members(root: Path, parts: Sequence[str], main: str) -> Iterator[tuple[str, bytes]]:
    yield "__main__.py", main.encode()
    yield "evals_app/__init__.py", b""
    for part in parts:
        for path in [root / part] if part.endswith(".py") else sorted((root / part).rglob("*.py")):
            yield path.relative_to(root).as_posix(), path.read_bytes()


SCRIPT = """\
#!/bin/sh
# {title}
# Repeats run {run}.
# Ends with 0 when every value is the recorded one, with {different} when one is not.
# Set PYTHON to an interpreter that has the packages to skip making an environment, TOLERANCE to the
# difference that still counts as equal (0), for other hardware.
set -eu
HUB={hub}
FOLDER="${{1:-{folder}}}"
mkdir -p "$FOLDER/work"
cd "$FOLDER"
cat > requirements.txt <<'END_OF_REQUIREMENTS'
{requirements}
END_OF_REQUIREMENTS
cat > work/spec.json <<'END_OF_SPEC'
{spec}
END_OF_SPEC
cat > recorded.json <<'END_OF_RECORDED'
{recorded}
END_OF_RECORDED
if [ -z "${{PYTHON:-}}" ]; then
    [ -x venv/bin/python ] || python3 -m venv venv
    venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
    PYTHON=venv/bin/python
fi
curl -fsSL "$HUB/engines/evaluate.pyz" -o evaluate.pyz
HF_ENDPOINT="$HUB" HF_HOME="$PWD/hf" HF_HUB_DISABLE_TELEMETRY=1 "$PYTHON" evaluate.pyz evaluate work
"$PYTHON" - <<'END_OF_COMPARISON'
import json, os, sys
tolerance = float(os.environ.get("TOLERANCE") or 0)
recorded = json.load(open("recorded.json"))
measured = {{v["metric"]: v["value"] for v in json.load(open("work/result.json"))["tasks"][0]["values"]}}
rows = []
for name, value in recorded.items():
    again = measured.get(name)
    apart = None if again is None else again - value
    rows.append({{"metric": name, "recorded": value, "measured": again, "difference": apart}})
json.dump(rows, open("comparison.json", "w"))
print(f"{{'metric':<20}} {{'recorded':>24}} {{'measured':>24}} {{'difference':>12}}")
unequal = []
for row in rows:
    apart = row["difference"]
    if apart is None or not abs(apart) <= tolerance:
        unequal.append(row["metric"])
    told = "missing" if apart is None else "equal" if apart == 0 else f"{{apart:+.3g}}"
    print(f"{{row['metric']:<20}} {{row['recorded']!r:>24}} {{row['measured']!r:>24}} {{told:>12}}")
if unequal:
    print(f"Not reproduced: {{', '.join(unequal)}}.", file=sys.stderr)
    sys.exit({different})
print("Reproduced: every value is the recorded one" + (f", within {{tolerance}}." if tolerance else "."))
END_OF_COMPARISON
"""
