"""What makes a worker of a machine: a script, the worker as one file, and the packages its engines need."""

from __future__ import annotations

import shlex
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from evals_app.runs import reproduce

# Nothing of the site: what a contract of the imports keeps free of it.
PARTS = (
    "walls",
    "evals_app/supervision",
    "evals_app/engines",
    "evals_app/metrics",
    "evals_app/splits.py",
    "evals_app/jobs/__init__.py",
    "evals_app/jobs/exchange.py",
    "evals_app/jobs/failures.py",
    "evals_app/jobs/wire.py",
)
MAIN = """\
import sys

from evals_app.supervision.program import main

sys.exit(main(sys.argv[1:]))
"""


@lru_cache(maxsize=1)
def archive() -> bytes:
    return reproduce.archive_of(PARTS, MAIN)


@require_safe
def worker_archive(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    response = HttpResponse(archive(), content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="llmos-worker.pyz"'
    return response


@require_safe
def worker_requirements(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    text = (settings.BASE_DIR / "requirements" / "engines.txt").read_text()
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@require_safe
def join_script(request: HttpRequest) -> HttpResponse:
    hub_url = request.build_absolute_uri("/").rstrip("/")
    script = SCRIPT.replace("@HUB@", shlex.quote(hub_url))
    return HttpResponse(script, content_type="text/x-shellscript; charset=utf-8")


SCRIPT = """\
#!/bin/sh
# Makes this machine a worker of a hub. Needs curl and Python 3.11 with venv; LLMOS_WORKER_TOKEN is its token.
# FOLDER (~/llmos-worker) keeps everything; PYTHON names an interpreter that has the packages already.
# Arguments go to the worker: --queues gpu --devices 0,1 --concurrency 2 --label site=lyon; --help lists them.
set -eu
HUB=@HUB@
FOLDER="${FOLDER:-$HOME/llmos-worker}"
: "${LLMOS_WORKER_TOKEN:?Set LLMOS_WORKER_TOKEN to the worker token that the hub showed.}"
mkdir -p "$FOLDER"
cd "$FOLDER"
if [ -z "${PYTHON:-}" ]; then
    curl -fsSL "$HUB/workers/requirements.txt" -o requirements.new
    [ -x venv/bin/python ] || "$(command -v python3.11 || command -v python3)" -m venv venv
    if ! cmp -s requirements.new requirements.txt; then
        echo "Installing the engines' packages (once, some minutes) ..."
        venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.new
        mv requirements.new requirements.txt
    fi
    PYTHON="$FOLDER/venv/bin/python"
fi
curl -fsSL "$HUB/workers/llmos-worker.pyz" -o llmos-worker.new
mv llmos-worker.new llmos-worker.pyz
exec "$PYTHON" llmos-worker.pyz --hub "$HUB" --work-dir "$FOLDER/work" "$@"
"""
