"""Lists the rooms' tables for Django; nothing imports this module."""

from models_app.commits.models import PathChange
from models_app.content.models import LfsObject, XetEligibleChunk, XetFile, XetFileXorb, XetXorb
from models_app.discovery.models import DownloadDay, Like
from models_app.discussions.models import Discussion, DiscussionEvent
from models_app.mirrors.models import RepositoryOrigin
from models_app.repositories.models import (
    AccessRequest,
    LfsLock,
    Repository,
    RepositoryLfsObject,
    RepositoryRedirect,
    RepositoryTag,
)
from models_app.scans.models import PickleScan
from models_app.viewer.models import Conversion, ConvertedFile, ConvertedSplit

__all__ = [
    "AccessRequest",
    "Conversion",
    "ConvertedFile",
    "ConvertedSplit",
    "Discussion",
    "DiscussionEvent",
    "DownloadDay",
    "LfsLock",
    "LfsObject",
    "Like",
    "PathChange",
    "PickleScan",
    "Repository",
    "RepositoryLfsObject",
    "RepositoryOrigin",
    "RepositoryRedirect",
    "RepositoryTag",
    "XetEligibleChunk",
    "XetFile",
    "XetFileXorb",
    "XetXorb",
]
