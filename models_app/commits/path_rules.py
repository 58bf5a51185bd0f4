"""Which paths may exist in a repository. Plain Python: the program that checks pushes reads it, too."""

from __future__ import annotations

import re
from pathlib import PureWindowsPath

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
    if CONTROL.search(path):
        return "control characters are not allowed"
    return next(filter(None, map(refusal_of_part, path.split("/"))), "")


def refusal_of_part(part: str) -> str:
    if part in {"", ".", ".."}:
        return "empty, '.' and '..' parts are not allowed"
    if leaves_the_folder(part):
        return "it leads out of the folder on Windows"
    if any(GIT_FOLDER.fullmatch(IGNORABLE.sub("", name)) for name in part.split("\\")):
        return "'.git' is not allowed"
    if len(part.encode()) > MAX_SEGMENT_BYTES:
        return f"a part has at most {MAX_SEGMENT_BYTES} bytes"
    return ""


def leaves_the_folder(part: str) -> bool:
    """Whether Windows reads the name as one of another folder, drive or machine.

    Other names with backslashes stay, since data that was made on Windows has them. Newer clients refuse
    to fetch what this refuses to store; older ones write where the name leads.
    """
    if "\\" not in part and ":" not in part:
        return False
    read = PureWindowsPath(part)
    return bool(read.drive or read.root) or ".." in read.parts
