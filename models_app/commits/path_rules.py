"""Which paths may exist in a repository. Plain Python: the program that checks pushes reads it, too."""

from __future__ import annotations

import re

MAX_PATH_BYTES = 1024
MAX_SEGMENT_BYTES = 255
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# Names that some file system takes for `.git`; a checkout there would run what they hold.
GIT_FOLDER = re.compile(r"\.git[. ]*|git~1", re.IGNORECASE)
IGNORABLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


def refusal(path: str) -> str:
    """Why a path is refused, '' when it is fine."""
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        return "it is not valid Unicode"
    if not path or size > MAX_PATH_BYTES:
        return f"a path has 1 to {MAX_PATH_BYTES} bytes"
    if CONTROL.search(path) or "\\" in path:
        return "control characters and backslashes are not allowed"
    for segment in path.split("/"):
        if segment in {"", ".", ".."}:
            return "empty, '.' and '..' parts are not allowed"
        if GIT_FOLDER.fullmatch(IGNORABLE.sub("", segment)):
            return "'.git' is not allowed"
        if len(segment.encode()) > MAX_SEGMENT_BYTES:
            return f"a part has at most {MAX_SEGMENT_BYTES} bytes"
    return ""
