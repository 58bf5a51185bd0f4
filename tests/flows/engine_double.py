#!/usr/bin/env python3
"""An engine for tests: speaks the protocol, computes nothing. Called as an engine's interpreter would be:
`engine_double.py -m evals_app.engines <kind> <working directory>`.

What it does stands in the environment of no engine, so it is read from the model's name in spec.json:
`quick` succeeds at once, `slow` works for a minute and starts two children, of which one runs away,
`once` is slow in its first attempt and quick afterwards, `tattler` tells its prompts wherever it can.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def say(**event):
    os.write(3, (json.dumps(event) + "\n").encode())


def run_away():
    """A child that leaves its parent, its session and its pipes, as a server would."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execvp("sleep", ["sleep", "120"])
        os._exit(0)
    os.wait()


def main(kind, folder):
    spec = json.loads((folder / "spec.json").read_text())
    name = spec["model"]["id"].rpartition("/")[2]
    forbidden = [key for key in os.environ if key.startswith(("HUB_", "DJANGO", "DATABASE", "REDIS"))]
    token = os.environ["HF_TOKEN"][:3]
    print(f"engine {os.getpid()} attempt {spec['attempt']} secrets {forbidden} token {token}", flush=True)
    print(f"cards {os.environ.get('CUDA_VISIBLE_DEVICES')}", flush=True)
    say(type="environment", values={"double": True})
    say(type="metric", step=1, values={"loss": 2.0})
    say(type="progress", done=1, total=4, text="working")
    if name == "tattler":
        told = spec["tasks"][0]["prompt"]
        print(told, flush=True)
        say(type="progress", done=2, total=4, text=told)
        say(type="environment", values={"prompt": told})
        say(type="metric", step=1, values={told: 1.0})
    if name == "slow" or (name == "once" and spec["attempt"] == 1):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = subprocess.Popen(["sleep", "120"])
        run_away()
        (folder / "pids").write_text(f"{os.getpid()} {child.pid}")
        print(f"pids {os.getpid()} {child.pid}", flush=True)
        time.sleep(60)
    values = [
        {"metric": "bleu", "value": 12.5, "stderr": 1.0, "signature": "nrefs:1"},
        {"metric": "chrf", "value": 30.0, "stderr": None},
    ]
    result = {
        "harness": "double",
        "harness_version": "1",
        "tasks": [
            {
                "task": task["name"],
                "sample_count": 2,
                "duration_seconds": 0.1,
                "values": values,
                "samples": None,
            }
            for task in spec["tasks"]
        ],
    }
    (folder / "result.json").write_text(json.dumps(result))


main(sys.argv[-2], Path(sys.argv[-1]))
