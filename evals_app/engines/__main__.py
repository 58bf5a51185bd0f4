"""`python -m evals_app.engines <evaluate | fine-tune | pull | container> <working directory>`"""

from __future__ import annotations

import importlib
import sys
import traceback
from pathlib import Path

from evals_app.engines import channel, lifetime, workplace
from evals_app.engines.failures import Failure
from evals_app.engines.lifetime import Stopped

# One module a kind of job, with `run(workplace) -> result`.
ENGINES = {
    "evaluate": "evals_app.engines.evaluate.program",
    "fine-tune": "evals_app.engines.fine_tune.program",
    "pull": "evals_app.engines.pull.program",
    "container": "evals_app.engines.container.program",
}
USAGE_ERROR, STOPPED = 2, 143


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or arguments[0] not in ENGINES:
        print(__doc__, file=sys.stderr)
        return USAGE_ERROR
    lifetime.watch()
    place = workplace.enter(Path(arguments[1]))
    channel.progress(0, None, "Starting")
    try:
        result = importlib.import_module(ENGINES[arguments[0]]).run(place)
        place.write("result.json", result)
    except Stopped:
        print("Asked to end; what is done so far is kept.", flush=True)
        return STOPPED
    except Failure as failure:
        if failure.is_ours:
            traceback.print_exc()
        place.write("error.json", {"code": failure.code, "message": failure.message})
        return 1
    return 0


if __name__ == "__main__":
    # Libraries leave threads behind that would keep a finished process waiting.
    sys.exit(main(sys.argv[1:]))
