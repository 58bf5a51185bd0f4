"""What can go wrong, in the hub's own words.

Rooms raise these; each door turns them into its own form once (`hf_api`: status, `X-Error-Code`
and JSON; pages: an error page; `/api/v1`: problem JSON). Messages that reach HTTP headers stay
English; pages translate them where they are shown.
"""

from __future__ import annotations

from typing import Any

HEADER_TEXT_LIMIT = 1_000
STRAIGHT = str.maketrans("“”‘’", "\"\"''")


def header_text(message: str) -> str:
    """HTTP headers hold one line of ASCII; curly quotes become straight ones."""
    line = " ".join(message.split()).translate(STRAIGHT)
    return line.encode("ascii", "replace").decode()[:HEADER_TEXT_LIMIT]


class HubError(Exception):
    """A refusal that the person who asked may read.

    `status` is the HTTP status a web door answers with, `code` the stable name that clients
    match on (the ecosystem's `X-Error-Code` where it has one).
    """

    status = 400
    code = "BadRequest"
    default_message = "The request could not be carried out."

    def __init__(self, message: str = "", **fields: Any) -> None:
        self.message = message or self.default_message
        self.fields = fields
        super().__init__(self.message)


class InvalidInput(HubError):
    status, code = 400, "InvalidInput"


class Unauthenticated(HubError):
    status, code = 401, "Unauthenticated"
    default_message = "Sign in or send an access token."


class InvalidCredentials(HubError):
    """A token that is unknown, revoked or expired. Clients match on the message."""

    status, code = 401, ""
    default_message = "Invalid credentials in Authorization header"


class PermissionRefused(HubError):
    """For things the person can see but not change; what they cannot see is *not found*."""

    status, code = 403, "Forbidden"
    default_message = "You do not have the right to do this."


class GatedRepository(PermissionRefused):
    """Its card and tree are seen, its files only by those let in. Clients match on code and message."""

    code = "GatedRepo"

    def __init__(self, type_: str, full_id: str) -> None:
        super().__init__(
            f"Access to {type_} {full_id} is restricted and you are not in the authorized list. "
            "Ask for access on its page."
        )


class NotFound(HubError):
    status, code = 404, "NotFound"
    default_message = "There is nothing here, or you may not see it."


class RepositoryNotFound(NotFound):
    code = "RepoNotFound"
    default_message = "Repository not found"


class RevisionNotFound(NotFound):
    code = "RevisionNotFound"

    def __init__(self, revision: str, **fields: Any) -> None:
        super().__init__(f"Invalid rev id: {revision}", **fields)


class EntryNotFound(NotFound):
    """A path that the revision does not hold; `commit` lets clients remember the absence."""

    code = "EntryNotFound"

    def __init__(self, message: str = "Entry not found", *, commit: str = "") -> None:
        super().__init__(message)
        self.commit = commit


class RepositoryMoved(HubError):
    """The repository answers to another name now; doors redirect."""

    status, code = 307, "RepoMoved"

    def __init__(self, old_id: str, new_id: str) -> None:
        super().__init__(f"The repository {old_id} is now called {new_id}.")
        self.old_id = old_id
        self.new_id = new_id


class Conflict(HubError):
    status, code = 409, "Conflict"


class BranchUpdated(HubError):
    """The parent a commit was built on is no longer the tip. Clients match on the message."""

    status, code = 412, "PreconditionFailed"
    default_message = "The branch was updated since you opened this page. Please refresh and try again."


class TooLarge(HubError):
    status, code = 413, "PayloadTooLarge"


class RangeNotSatisfiable(HubError):
    status, code = 416, "RangeNotSatisfiable"

    def __init__(self, size: int) -> None:
        super().__init__(f"The requested range lies outside the {size} bytes there are.")
        self.size = size


class Unprocessable(HubError):
    """Well-formed, but not something that may exist here (a path with `..`, say)."""

    status, code = 422, "Unprocessable"


class UpstreamFailed(HubError):
    """Another server, which the hub asked on somebody's behalf, did not answer."""

    status, code = 502, "UpstreamFailed"


class NotOffered(HubError):
    """A part of the ecosystem's protocol that this hub leaves out on purpose."""

    status, code = 501, "NotImplemented"


class StorageFull(HubError):
    """Nothing was kept of what was sent; the operator has to make room."""

    status, code = 507, "StorageFull"
    default_message = "The hub's storage is full; nothing was kept. Please tell whoever runs this hub."


class Busy(HubError):
    """Try again after `retry_after` seconds."""

    status, code = 503, "Busy"

    def __init__(self, message: str, *, retry_after: int = 2) -> None:
        super().__init__(message)
        self.retry_after = retry_after
