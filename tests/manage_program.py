"""`manage.py` for many commands: loads the hub once and answers each with a fork of itself.

Reads a command a line from standard input (a JSON list of arguments), answers each with a line:
exit code, output, errors. Ends with its input.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def load() -> None:
    import django
    from django.urls import get_resolver

    import hub.celery

    django.setup()
    assert hub.celery.app
    assert get_resolver().url_patterns


def run(arguments: list[str]) -> int:
    """In a child. What `manage.py` would exit with."""
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(["manage.py", *arguments])
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def answer(arguments: list[str]) -> dict[str, object]:
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(output.fileno(), 1)
            os.dup2(errors.fileno(), 2)
            code = run(arguments)
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        texts = []
        for file in (output, errors):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    return {"code": code, "output": texts[0], "errors": texts[1]}


def main() -> None:
    sys.path.insert(0, str(ROOT))
    load()
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        answers.write(json.dumps(answer(json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
