"""A worker of a hub: it needs the hub's address, a worker's token, and nothing else of the hub.

    llmos-worker --hub https://hub.example.org --queues gpu

SIGTERM (or Ctrl-C) gives running jobs back once they have saved what they can; a second one ends at once.
"""

from __future__ import annotations

import sys

from evals_app.supervision.program import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
