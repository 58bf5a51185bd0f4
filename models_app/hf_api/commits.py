"""Changing files: what is to be uploaded how, the check of a card, the commit itself."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from hub.accounts.actors import Actor
from hub.core.errors import InvalidInput, RevisionNotFound, TooLarge
from models_app.cards import front_matter
from models_app.commits import services
from models_app.discussions import pull_requests
from models_app.discussions.models import PULL_REQUEST_REFS
from models_app.hf_api.addressing import clean_path, in_repository
from models_app.hf_api.commit_lines import read_commit
from models_app.hf_api.http import absolute, body_stream, error_json, hf_view, json_body, query_flag, text_of
from models_app.repositories import access, attributes, ignore_rules, selectors
from models_app.repositories.access import Need
from models_app.repositories.models import Repository
from models_app.repositories.types import TreeEntry

MAX_FILES = 1000
MAX_RULES_CHARACTERS = 50_000


@hf_view(methods=("POST",))
@in_repository()
def commit(request: HttpRequest, actor: Actor, repository: Repository, /, *, rest: str) -> HttpResponseBase:
    require_committer(request, actor, repository, rest)
    header, operations = read_commit(body_stream(request))
    options: dict[str, Any] = {
        "summary": header.summary,
        "description": header.description,
        "parent_commit": header.parent_commit,
    }
    answer: dict[str, Any] = {"success": True, "hookOutput": ""}
    if query_flag(request, "create_pr"):
        base = branch_of(repository, rest)
        proposal = pull_requests.propose(actor, repository, base, operations, **options)
        result = proposal.result
        url = f"{repository.get_absolute_url()}/discussions/{proposal.discussion.number}"
        answer["pullRequestUrl"] = absolute(request, url)
    elif is_pull_request(rest):
        discussion = pull_requests.of_ref(repository, rest.strip("/"))
        result = pull_requests.commit(actor, discussion, operations, **options)
    else:
        result = services.commit(actor, repository, branch_of(repository, rest), operations, **options)
    answer["commitOid"] = result.commit
    answer["commitUrl"] = absolute(request, f"{repository.get_absolute_url()}/commit/{result.commit}")
    return JsonResponse(answer)


def is_pull_request(revision: str) -> bool:
    return revision.strip("/").startswith(PULL_REQUEST_REFS)


def require_committer(request: HttpRequest, actor: Actor, repository: Repository, revision: str) -> None:
    """Before anything is read. Proposals come from people without the right to write, too; what goes to
    a pull request, from its author and from writers."""
    if query_flag(request, "create_pr"):
        access.require(actor, repository, Need.CONTRIBUTE)
        branch_of(repository, revision)
    elif is_pull_request(revision):
        access.require(actor, repository, Need.CONTRIBUTE)
        pull_requests.require_push(actor, pull_requests.of_ref(repository, revision.strip("/")))
    else:
        access.require(actor, repository, Need.WRITE)


def branch_of(repository: Repository, revision: str) -> str:
    """The branch a commit goes to. Raises RevisionNotFound for what is none."""
    name = revision.strip("/").removeprefix("refs/heads/")
    ref = selectors.resolve(repository, name).ref
    if ref != f"refs/heads/{name}":
        raise RevisionNotFound(name)
    return name


# --- Card check ----------------------------------------------------------------------------------


@hf_view(methods=("POST",))
def validate_yaml(request: HttpRequest, _actor: Actor, /) -> HttpResponseBase:
    """The check before an upload (JSON), or of a card alone, which is stricter (plain text)."""
    body = json_body(request)
    report = front_matter.validate(text_of(body, "content"), text_of(body, "repoType", "model"))
    if request.headers.get("Accept", "").startswith("text/plain"):
        return card_check_text(report)
    answer: dict[str, Any] = {
        "errors": [{"message": message} for message in report.errors],
        "warnings": [{"message": message} for message in report.warnings],
    }
    if not report.errors:
        return JsonResponse(answer)
    return error_json(400, InvalidInput.code, report.errors[0], {**answer, "error": report.errors})


def card_check_text(report: front_matter.Report) -> HttpResponse:
    errors = [*report.errors, *report.unknown_words]
    warnings = [message for message in report.warnings if message not in report.unknown_words]
    lines = [f"- Error: {message}" for message in errors] + [f"- Warning: {message}" for message in warnings]
    status = 400 if errors else 200
    return HttpResponse("\n".join(lines), status=status, content_type="text/plain; charset=utf-8")


# --- Preupload -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that a client means to upload."""

    path: str
    size: int
    sample: bytes


@dataclass(frozen=True, slots=True)
class UploadRules:
    large: attributes.Attributes
    ignored: ignore_rules.IgnoreRules

    def is_large(self, candidate: Candidate) -> bool:
        return (
            self.large.is_lfs(candidate.path)
            or candidate.size > settings.MAX_REGULAR_FILE_BYTES
            or is_binary(candidate.sample)
        )


@hf_view(methods=("POST",))
@in_repository()
def preupload(
    request: HttpRequest, actor: Actor, repository: Repository, /, *, rest: str
) -> HttpResponseBase:
    require_committer(request, actor, repository, rest)
    revision = selectors.resolve(repository, rest.strip("/"))
    body = json_body(request)
    candidates = candidates_in(body)
    rules = rules_for(repository, revision.commit, body)
    present = selectors.find_many(repository, revision.commit, [c.path for c in candidates])
    existing = {entry.path: entry for entry in present if not entry.is_directory}
    files = [candidate_json(candidate, rules, existing.get(candidate.path)) for candidate in candidates]
    return JsonResponse({"files": files, "commitOid": revision.commit})


def candidates_in(body: Mapping[str, Any]) -> list[Candidate]:
    files = body.get("files")
    if not isinstance(files, list) or not all(isinstance(file, dict) for file in files):
        raise InvalidInput("`files` must be a list of objects.")
    if len(files) > MAX_FILES:
        raise TooLarge(f"At most {MAX_FILES} files can be asked for at once.")
    return [candidate_of(file) for file in files]


def candidate_of(file: Mapping[str, Any]) -> Candidate:
    size = file.get("size", 0)
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise InvalidInput("`size` must be a number of bytes.")
    try:
        sample = base64.b64decode(text_of(file, "sample", ""), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInput("`sample` is not valid base64.") from None
    return Candidate(text_of(file, "path"), size, sample)


def rules_for(repository: Repository, commit: str, body: Mapping[str, Any]) -> UploadRules:
    """The rules that come with the request, else those of the repository."""

    def text(field: str, path: str) -> str:
        if isinstance(body.get(field), str):
            sent: str = body[field]
        else:
            sent = (selectors.read_small(repository, commit, path) or b"").decode("utf-8", "replace")
        if len(sent) > MAX_RULES_CHARACTERS:
            raise TooLarge(f"{path} is longer than {MAX_RULES_CHARACTERS} characters.")
        return sent

    return UploadRules(
        large=attributes.parse(text("gitAttributes", ".gitattributes")),
        ignored=ignore_rules.parse(text("gitIgnore", ".gitignore")),
    )


def is_binary(sample: bytes) -> bool:
    """Git's own sign: a NUL byte. A sample may end within a character, so UTF-8 is not asked for."""
    return b"\x00" in sample


def candidate_json(candidate: Candidate, rules: UploadRules, existing: TreeEntry | None) -> dict[str, Any]:
    oid = None
    if existing:
        oid = existing.lfs.sha256 if existing.lfs else existing.oid
    return {
        "path": candidate.path,
        "uploadMode": "lfs" if rules.is_large(candidate) else "regular",
        "shouldIgnore": rules.ignored.ignores(clean_path(candidate.path)),
        "oid": oid,
    }
