"""What an evaluation costs more as a job of the hub than by hand, in time and in work of the processors.

`python -m benchmarks.evaluation_overhead [--minutes M] [--rounds N] [--together]`; by hand is what a run's
printed command does: the same engine, order and threads against the same hub, without queue, worker, walls
and uploaded samples. The number of samples is chosen so that one evaluation takes the minutes. Rounds
take turns; `--together` runs both at once on one thread each, for machines whose load changes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from huggingface_hub import CommitOperationAdd, HfApi

from hub.site.demo import corpora
from tests.engines import ENGINE_PYTHON
from tests.live import LiveHub

ROWS = 60_000
CALIBRATION = 96
MODEL = {
    "architecture": "t5", "vocabulary": 400, "hidden": 64, "layers": 2, "heads": 2, "feed_forward": 128,
    "context": 128,
}  # fmt: skip
DECLARATION = """\
title: English to French
version: 1
licence: bsd-3-clause
tasks:
- name: en-fr
  kind: translation
  data: {file: data/test.jsonl}
  prompt: "Translate: {{source}}"
  target: "{{target}}"
  target_language: fr
  metrics: [{name: chrf, primary: true}]
  decoding: {max_new_tokens: 32}
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """`wall` from the order to the recorded result, `work` in seconds of processors, everything included."""

    wall: float
    work: float
    waited: float = 0.0


class Bench:
    def __init__(self, hub: LiveHub) -> None:
        self.hub = hub
        hub.manage("create_user", "bench", "--email", "bench@example.org")
        token = hub.manage("create_token", "bench", "--name", "bench", "--scope", "write")
        self.api = HfApi(endpoint=hub.url, token=token.strip().splitlines()[-1])
        self.archive = hub.data / "evaluate.pyz"
        with urllib.request.urlopen(f"{hub.url}/engines/evaluate.pyz") as answer:
            self.archive.write_bytes(answer.read())

    def prepare(self) -> None:
        pairs = corpora.catalogue_pairs("fr")
        rows = [
            json.dumps({"source": f"{number} {pair.source}", "target": pair.target})
            for number, pair in enumerate(islice(cycle(pairs), ROWS))
        ]
        files = {
            "benchmark.yaml": DECLARATION,
            "README.md": "---\nlicense: bsd-3-clause\n---\n",
            "data/test.jsonl": "\n".join(rows),
            "data/train.jsonl": "\n".join(rows[:200]),
        }
        self.api.create_repo("bench/pairs", repo_type="dataset")
        operations = [CommitOperationAdd(path, text.encode()) for path, text in files.items()]
        self.api.create_commit("bench/pairs", operations, commit_message="Pairs", repo_type="dataset")
        self.wait(self.submit(kind="fine-tune", recipe="seq2seq", init=MODEL, dataset="bench/pairs",
                              output="bench/model", settings={"max_steps": 2}))  # fmt: skip

    def submit(self, **request: Any) -> str:
        text = json.dumps({"owner": "bench", "queue": "cpu", **request})
        return self.hub.manage("job", "submit", text, "--as", "bench").split()[-1].replace("-", "")

    def evaluate(self, limit: int) -> str:
        request = {"model": "bench/model", "benchmark": "bench/pairs", "settings": {"bootstrap": 100}}
        return self.submit(kind="evaluate", limit=limit, **request)

    def row(self, job: str) -> dict[str, Any]:
        return self.hub.rows("SELECT * FROM evals_app_job WHERE id = ?", job)[0]

    def wait(self, job: str) -> dict[str, Any]:
        while (row := self.row(job))["state"] in {"queued", "running"}:
            time.sleep(1)
        if row["state"] != "succeeded":
            raise SystemExit(f"the job {row['state']}:\n{self.hub.manage('job', 'log', job)}")
        return row

    def order(self, job: str) -> dict[str, Any]:
        spec = self.row(job)["spec"]
        spec = json.loads(spec) if isinstance(spec, str) else spec
        return {**spec, "samples_repository": "", "private": True}

    def in_the_hub(self, job: str, work_before: float) -> Cost:
        row = self.wait(job)
        [run] = self.hub.rows("SELECT created_at FROM evals_app_run WHERE job_id = ?", job)
        asked, began, recorded = map(moment, (row["created_at"], row["started_at"], run["created_at"]))
        return Cost(recorded - asked, self.work() - work_before, began - asked)

    def by_hand(self, order: dict[str, Any]) -> tuple[Cost, dict[str, Any]]:
        with tempfile.TemporaryDirectory(prefix="by-hand-") as folder:
            (Path(folder) / "spec.json").write_text(json.dumps(order))
            began = time.monotonic()
            # A session of its own, as the workers have: where sessions share the processors, it gets as much.
            process = subprocess.Popen(
                [ENGINE_PYTHON, self.archive, "evaluate", folder],
                cwd=folder,
                env={
                    "PATH": os.environ["PATH"],
                    "HOME": folder,
                    "HF_ENDPOINT": self.hub.url,
                    "HF_TOKEN": str(self.api.token),
                    "HF_HOME": f"{folder}/hf",
                    "OMP_NUM_THREADS": "1",
                },
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                raise SystemExit(f"by hand it ended with {process.returncode}")
            cost = Cost(time.monotonic() - began, used.ru_utime + used.ru_stime)
            return cost, json.loads((Path(folder) / "result.json").read_text())

    def work(self) -> float:
        """Of all processes of the hub, and of those of theirs that ended."""
        assert self.hub.server
        roots = [self.hub.server.pid, *(worker.pid for worker in self.hub.workers.values())]
        return sum(map(work_below, roots))


def moment(value: object) -> float:
    return datetime.fromisoformat(str(value)).timestamp()


def work_below(pid: int) -> float:
    root = psutil.Process(pid)
    times = [process.cpu_times() for process in (root, *root.children(recursive=True))]
    return sum(each.user + each.system + each.children_user + each.children_system for each in times)


@dataclass(frozen=True, slots=True)
class Order:
    """What by hand is done with; the same but for the limit is submitted to the hub."""

    bench: Bench
    spec: dict[str, Any]

    def hub(self) -> Cost:
        before = self.bench.work()
        return self.bench.in_the_hub(self.bench.evaluate(self.spec["limit"]), before)

    def hand(self) -> Cost:
        return self.bench.by_hand(self.spec)[0]


def order_for(bench: Bench, minutes: float, *, together: bool) -> Order:
    """As many samples as one evaluation can do in that time, asked of short ones like those to come."""
    job = bench.evaluate(CALIBRATION)
    spec = bench.order(job)
    bench.wait(job)
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(bench.by_hand, spec) for _ in range(2 if together else 1)]
        seconds = median(run.result()[1]["tasks"][0]["duration_seconds"] for run in runs)
    limit = min(ROWS, max(CALIBRATION, int(minutes * 60 * CALIBRATION / seconds)))
    return Order(bench, spec | {"limit": limit})


def one_round(order: Order, number: int, *, together: bool) -> tuple[Cost, Cost]:
    """(hub, hand); who comes first changes."""
    ways = [order.hub, order.hand] if number % 2 == 0 else [order.hand, order.hub]
    with ThreadPoolExecutor(2 if together else 1) as pool:
        costs = [run.result() for run in [pool.submit(way) for way in ways]]
    return (costs[0], costs[1]) if number % 2 == 0 else (costs[1], costs[0])


def show(rounds: list[tuple[Cost, Cost]], samples: int) -> None:
    print(f"{samples} samples{'by hand':>14}{'hub':>10}{'added':>10}{'share':>9}")
    for name in ("wall", "work"):
        hand, hub = (median(getattr(pair[at], name) for pair in rounds) for at in (1, 0))
        # Of each pair: what the machine did meanwhile, it did to both.
        added = median(getattr(pair[0], name) - getattr(pair[1], name) for pair in rounds)
        print(f"{name + ', seconds':14}{hand:>14.1f}{hub:>10.1f}{added:>10.1f}{added / hand:>9.1%}")
    waited = median(hub.waited for hub, _ in rounds)
    print(f"of it, until a worker began: {waited:.1f} s; load {os.getloadavg()[0]:.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--together", action="store_true")
    options = parser.parse_args()
    hub = LiveHub(extra_env={"HUB_ENGINE_THREADS": "1"})
    try:
        bench = Bench(hub.start().start_workers())
        bench.prepare()
        order = order_for(bench, options.minutes, together=options.together)
        rounds = [one_round(order, number, together=options.together) for number in range(options.rounds)]
        show(rounds, order.spec["limit"])
    finally:
        hub.close()


if __name__ == "__main__":
    main()
