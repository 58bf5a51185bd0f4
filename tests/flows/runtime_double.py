#!/usr/bin/env python3
"""A container runtime for tests: its command line is that of podman and docker, its containers are plain
processes outside the tree of whoever asks for them, as a runtime's are. Beside its own file stand `orders`,
what it was asked for, and `containers`, a file for each. The image `busybox` is there, no other is.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

# A runtime's server knows its own place; the worker hands its client only what a client needs.
PLACE = Path(__file__).resolve().parent
CONTAINERS = PLACE / "containers"
SEPARATE = {"--name", "--filter", "--format"}


def read(words):
    """Options as a dictionary of lists, and what follows them."""
    options, words = {}, list(words)
    while words and words[0].startswith("-"):
        name, equals, value = words.pop(0).partition("=")
        if name in SEPARATE and not equals:
            value = words.pop(0)
        options.setdefault(name, []).append(value)
    return options, words


def file_of(name):
    return CONTAINERS / f"{name}.json"


def load(name):
    return json.loads(file_of(name).read_text())


def save(name, container):
    draft = file_of(name).with_suffix(".new")
    draft.write_text(json.dumps(container))
    draft.replace(file_of(name))


def create(words):
    options, (image, *command) = read(words)
    with (PLACE / "orders").open("a") as orders:
        orders.write(json.dumps(["create", *words]) + "\n")
    if not image.startswith("docker.io/library/busybox:"):
        print(f"Error: {image}: not found", file=sys.stderr)
        return 125
    variables = dict(line.split("=", 1) for line in Path(options["--env-file"][0]).read_text().splitlines())
    name = options["--name"][0]
    command = [*options.get("--entrypoint", []), *command]
    save(name, {"command": command, "variables": variables, "pid": 0, "status": "created", "exit": 0})
    print(name)
    return 0


def monitor(name):
    """What stands between a runtime and a container: a process that nobody waits for."""
    container = load(name)
    with (CONTAINERS / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            container["command"],
            env={"PATH": os.environ["PATH"], **container["variables"]},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    save(name, {**container, "pid": process.pid, "status": "running"})
    code = process.wait()
    if file_of(name).exists():
        save(name, {**load(name), "pid": 0, "status": "exited", "exit": 128 - code if code < 0 else code})


def start(words):
    _options, (name,) = read(words)
    log = CONTAINERS / f"{name}.log"
    log.touch()
    if os.fork() == 0:
        os.setsid()
        for descriptor in (0, 1, 2):
            os.dup2(os.open(os.devnull, os.O_RDWR), descriptor)
        if os.fork() == 0:
            # As a server's child it inherited nothing.
            os.execve(
                sys.executable, [sys.executable, __file__, "monitor", name], {"PATH": os.environ["PATH"]}
            )
        os._exit(0)
    os.wait()
    signal.signal(signal.SIGTERM, lambda *_: deliver(name, signal.SIGTERM))
    with log.open("rb") as output:
        while True:
            container = load(name) if file_of(name).exists() else {"status": "gone", "exit": 137}
            sys.stdout.buffer.write(output.read())
            sys.stdout.buffer.flush()
            if container["status"] in ("exited", "gone"):
                return container["exit"]
            time.sleep(0.05)


def deliver(name, number):
    if file_of(name).exists() and (pid := load(name)["pid"]):
        os.killpg(pid, number)
        return 0
    return 1


def main(verb, words):
    CONTAINERS.mkdir(exist_ok=True)
    match verb:
        case "--version":
            print("podman version 0.0 (a double)")
        case "create":
            return create(words)
        case "start":
            return start(words)
        case "monitor":
            monitor(words[0])
        case "kill":
            return deliver(words[0], signal.SIGKILL)
        case "rm":
            for name in read(words)[1]:
                deliver(name, signal.SIGKILL)
                file_of(name).unlink(missing_ok=True)
        case "inspect":
            container = load(read(words)[1][0])
            state = {"Status": container["status"], "Pid": container["pid"], "ExitCode": container["exit"]}
            print(json.dumps({**state, "OOMKilled": False}), "sha256:double")
        case "ps":
            print("\n".join(path.stem for path in CONTAINERS.glob("*.json")))
        case _:
            return 125
    return 0


sys.exit(main(sys.argv[1], sys.argv[2:]))
