"""Clone, fetch and push. Nobody is asked for a token; a session counts for nothing here."""

from __future__ import annotations

from tests.rules.permissions import Row

READ = (401, 404, 200, 200)
WRITE = (401, 404, 403, 200)
OPEN_READ = (200, 200, 200, 200)
OPEN_WRITE = (401, 403, 403, 200)
NO_SESSION = (401, 401, 401, 401)
PLACES = ("/acme/secret.git", "/acme/secret", "/datasets/acme/data.git", "/datasets/acme/data")
FLUSH = "0000"


def of_place(place: str, read: tuple[int, int, int, int], write: tuple[int, int, int, int]) -> list[Row]:
    return [
        Row("git:info-refs", f"{place}/info/refs?service=git-upload-pack", read, by="token"),
        Row("git:info-refs", f"{place}/info/refs?service=git-receive-pack", write, by="token"),
        Row("git:upload-pack", f"{place}/git-upload-pack", read, "POST", FLUSH, by="token"),
        Row("git:receive-pack", f"{place}/git-receive-pack", write, "POST", FLUSH, by="token"),
    ]


ROWS = [
    *(row for place in PLACES for row in of_place(place, READ, WRITE)),
    *of_place("/acme/open", OPEN_READ, OPEN_WRITE),
    Row("git:info-refs", "/acme/secret/info/refs?service=git-upload-pack", NO_SESSION),
    Row("git:receive-pack", "/acme/secret/git-receive-pack", NO_SESSION, "POST", FLUSH),
]
