"""Requests that a client might send, and many that none would."""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import strategies as st

from tests.fuzz.places import all_places
from tests.fuzz.vocabulary import (
    HEADERS,
    IDS,
    KEYS,
    METHODS,
    NAMES,
    NAMESPACES,
    ODD,
    PATHS,
    QUERY_KEYS,
    QUERY_WORDS,
    REVISIONS,
    TYPES,
    WAYS,
)
from tests.fuzz.world import MISSING_DATA, MISSING_MODEL, PERSONS, SECRET_DATA, SECRET_MODEL
from tests.rules.permissions import all_rows


@dataclass(frozen=True)
class Request:
    """Texts may hold words such as `{job}`, which `judging.send` replaces by what this world has for them."""

    route: str
    person: str
    way: str
    method: str
    url: str
    body: bytes = b""
    content_type: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def words(*groups: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from([word for group in groups for word in group])


anything = st.one_of(words(ODD), st.text(max_size=12))
full_ids = st.builds("{}/{}".format, words(NAMESPACES), words(NAMES))
revisions = st.one_of(words(REVISIONS), words(REVISIONS), anything)
paths = st.one_of(words(PATHS), words(PATHS), anything)
rests = st.one_of(revisions, st.builds("{}/{}".format, revisions, paths))
parameter_values: dict[str, st.SearchStrategy[str]] = {
    "namespace": st.one_of(*[words(("acme",))] * 5, words(NAMESPACES), anything),
    "name": st.one_of(*[words((SECRET_MODEL, SECRET_DATA, "gated"))] * 4, words(NAMES), anything),
    "username": words(NAMESPACES, ODD),
    "repo_type": words(("models",), ("datasets",), ("models",), ("spaces",)),
    "prefix": words(("datasets/",), ("models/",)),
    "rest": rests,
    "revision": revisions,
    "branch": revisions,
    "path": st.one_of(paths, rests),
    "topic": anything,
    "number": words(("1", "2", "3", "{lock}", "0", "99999999999999999999999")),
    "commit_id": words(("{head}", "main", "0" * 40, "x")),
    "event_id": words(("{event}",), IDS),
    "status": words(("pending", "accepted", "rejected", "x")),
    "job_id": words(("{job}",), IDS),
    "run_id": words(("{run}",), IDS),
    "schedule_id": words(("{schedule}",), IDS),
    "slug": words(("{board}", "{slug}"), ODD),
    "tail": words(("{tail}",), ODD),
    "item_id": words(("{item}",), ODD),
    "webhook_id": words(("{webhook}",), ODD),
    "delivery_id": words(("{delivery}",), ODD),
    "signed": words(IDS, ODD),
    "file": words(("{xet_file}", "{xet_sha256}"), IDS),
    "xorb": words(("{xorb}",), IDS),
    "chunk": words(("{xet_file}",), IDS),
}

scalars = st.one_of(
    words(ODD),
    words(REVISIONS),
    words(PATHS),
    words(IDS),
    full_ids,
    words(NAMES),
    words(NAMESPACES),
    words(QUERY_WORDS),
    st.booleans(),
    st.none(),
    st.integers(-2, 10),
    st.integers(),
    st.floats(),
    words(
        (
            "model",
            "dataset",
            "space",
            "public",
            "private",
            "manual",
            "auto",
            "upload",
            "download",
            "base64",
            "basic",
            "multipart",
            "xet",
            "refs/pr/2",
            "merged",
            "closed",
            "evaluate",
            "fine-tune",
            "pull",
            "cpu",
            "0 3 * * *",
            "Europe/Berlin",
            "https://x.example.org/",
            "http://127.0.0.1/",
            "accepted",
            "stranger",
        )
    ),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(words(KEYS), st.text(max_size=5)), inner, max_size=5),
    ),
    max_leaves=8,
)
objects = st.dictionaries(words(KEYS), values, max_size=8)
operations = st.one_of(
    st.builds(
        lambda key, value: {"key": key, "value": value},
        words(("file", "lfsFile", "deletedFile", "deletedFolder", "header", "x")),
        st.fixed_dictionaries(
            {},
            optional={
                "path": paths,
                "content": st.one_of(
                    st.text(max_size=20), st.binary(max_size=30).map(lambda b: base64.b64encode(b).decode())
                ),
                "encoding": words(("base64", "utf-8", "x")),
                "oldPath": paths,
                "algo": words(("sha256", "x")),
                "oid": words(IDS),
                "size": st.one_of(st.integers(-1, 1000), values),
            },
        ),
    ),
    values,
)


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode("utf-8", "surrogatepass")


headers_of_commits = st.builds(
    lambda summary, parent: {
        "key": "header",
        "value": {"summary": summary, "description": "", "parentCommit": parent},
    },
    st.one_of(words(("Change",)), values),
    st.one_of(st.none(), words(("{head}",)), values),
)
commits = st.builds(
    lambda first, lines: b"\n".join(as_json(line) for line in [first, *lines]),
    headers_of_commits,
    st.lists(operations, max_size=4),
)
objects_of_lfs = st.lists(
    st.fixed_dictionaries({"oid": words(IDS), "size": st.one_of(st.integers(-1, 2**70), st.just(9))}),
    max_size=3,
)
lfs_batches = st.builds(
    lambda operation, transfers, given: as_json(
        {"operation": operation, "transfers": transfers, "objects": given}
    ),
    words(("upload", "download")),
    st.lists(words(("basic", "multipart", "xet")), max_size=3),
    objects_of_lfs,
)
zero, packet_ends = "0" * 40, ("0000", "0001", "0009done\n")
packets = st.builds(
    lambda lines, end, tail: (
        b"".join(b"%04x%s" % (len(line) + 4, line) for line in lines) + end.encode() + tail
    ),
    st.lists(
        st.one_of(
            st.builds(
                lambda old, new, ref: f"{old} {new} {ref}\0report-status side-band-64k".encode(),
                words(("{head}", zero)),
                words(("{head}", zero, "1" * 40)),
                words(("refs/heads/main", "refs/heads/x", "refs/pr/2", "refs/hub/x", "x")),
            ),
            words(
                (
                    "want {head} side-band-64k\n",
                    "have {head}\n",
                    "command=fetch\n",
                    "command=ls-refs\n",
                    "deepen 1\n",
                    "filter blob:none\n",
                    "shallow {head}\n",
                )
            ).map(str.encode),
            st.binary(max_size=20),
        ),
        max_size=4,
    ),
    words(packet_ends),
    st.one_of(st.just(b""), st.just(b"PACK\0\0\0\2\0\0\0\0"), st.binary(max_size=40)),
)
forms = st.dictionaries(
    words(KEYS, QUERY_KEYS), st.one_of(scalars, st.lists(scalars, max_size=2)), max_size=6
).map(lambda fields: urlencode(fields, doseq=True, errors="replace").encode())
bodies = st.one_of(
    st.just(b""),
    objects.map(as_json),
    objects.map(as_json),
    values.map(as_json),
    commits,
    lfs_batches,
    packets,
    forms,
    st.binary(max_size=100),
    objects.map(as_json).map(gzip.compress),
    words(("[" * 5000, '{"a":' * 2000, "\ufeff{}", "NaN", '{"key":"header"}\n\n', "--x\r\n\r\n--x--")).map(
        str.encode
    ),
)
some_headers = st.lists(st.sampled_from(list(HEADERS)), max_size=3, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: words(HEADERS[name]) for name in names})
)
queries = st.lists(st.tuples(words(QUERY_KEYS), st.one_of(scalars, words(QUERY_WORDS))), max_size=3)
# Questions that the routes know, with answers that they take.
right_queries = st.lists(
    st.sampled_from(
        [
            ("expand", "true"), ("expand", "siblings"), ("expand[]", "lastCommit"), ("recursive", "true"),
            ("blobs", "true"), ("full", "true"), ("limit", "1"), ("search", "zq"), ("author", "acme"),
            ("sort", "lastModified"), ("filter", "zqtag"), ("include_prs", "1"), ("status", "open"),
            ("p", "0"), ("page", "1"), ("q", "zq"), ("securityStatus", "true"), ("config", "default"),
            ("split", "train"), ("dataset", f"acme/{SECRET_DATA}"), ("offset", "0"), ("length", "5"),
            ("where", "\"a\" = 1"), ("query", "zq"), ("orderby", "\"a\" desc"), ("download", "true"),
            ("service", "git-upload-pack"), ("owner", "acme"), ("model", f"acme/{SECRET_MODEL}"),
        ]
    ),
    max_size=3,
    unique=True,
)  # fmt: skip
targets = words((SECRET_MODEL,) * 5, NAMES)
# What the rows of the permission table call things, and what they are called here.
TARGETS = {
    "acme/secret": f"acme/{SECRET_MODEL}",
    "acme/data": f"acme/{SECRET_DATA}",
    "acme/hidden": "acme/zqbench",
    '"secret"': f'"{SECRET_MODEL}"',
    '"data"': f'"{SECRET_DATA}"',
    "{number}": "1",
    "{download}": "{signed_download}",
    "{verify}": "{signed_verify}",
    "{oid}": "{sha256}",
}
PLACES = all_places()
ROWS = all_rows()
READ_PLACES = [
    place for place in PLACES if any(row.route == place.route and row.method == "GET" for row in ROWS)
]
EXISTING = (("models", SECRET_MODEL), ("datasets", SECRET_DATA), ("models", "gated"), ("models", "open"))
PLAIN_PATHS = ("README.md", "sub", "sub/zqfile.txt", "table.csv", "w.npz", "config.json", "x.npz")
METHODS_OF = {
    row.route: tuple(sorted({other.method for other in ROWS if other.route == row.route})) for row in ROWS
}


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """Half of them are what a client would send, a quarter differs from it in one place or another, the rest
    is made up."""
    return draw(st.one_of(right_requests(), reading_requests(), likely_requests(), invented_requests()))


@st.composite
def right_requests(draw: st.DrawFn) -> Request:
    """A row of the permission table as it stands, mostly by those who may."""
    row = draw(st.sampled_from(ROWS))
    body = row.body(Words()) if callable(row.body) else row.body
    if isinstance(body, dict):
        body = as_json(body)
    body = body.encode() if isinstance(body, str) else body or b""
    return Request(
        row.route,
        draw(words(("owner",) * 6, PERSONS)),
        row.by,
        row.method,
        retarget(row.url, row.route),
        retarget(body.decode("latin-1"), row.route).encode("latin-1"),
        row.content_type,
    )


@st.composite
def reading_requests(draw: st.DrawFn) -> Request:
    """Any address that is read, with what exists put into it, deep into a repository and by every view."""
    place = draw(st.sampled_from(READ_PLACES))
    repo_type, name = draw(st.sampled_from(EXISTING))
    if "prefix" in place.parameters or place.route.startswith(("hf:dataset-", "git:dataset-")):
        repo_type, name = "datasets", SECRET_DATA
    revision = draw(words(("main",) * 3, ("zqbranch", "zqtag", "refs%2Fpr%2F2", "refs/heads/main")))
    path = draw(words(PLAIN_PATHS))
    needs_path = any(word in place.route for word in ("resolve", "raw", "blob", "file", "edit", "history"))
    rest = f"{revision}/{path}" if needs_path or draw(st.booleans()) else revision
    known = {
        "namespace": "acme", "name": name, "repo_type": repo_type, "rest": rest, "path": path,
        "revision": revision, "branch": "main", "prefix": "datasets/", "username": "owner", "number": "1",
        "config": "default", "split": "train",
    }  # fmt: skip
    given = {
        word: known[word] if word in known else quoted(draw(parameter_values.get(word, anything)), word)
        for word in place.parameters
    }
    return Request(
        place.route,
        draw(words(("owner",) * 4, PERSONS)),
        draw(words(("token", "session"))),
        draw(words(("GET",) * 6, ("HEAD",))),
        with_query(place.template.format(**given), draw(st.one_of(st.just([]), right_queries))),
        headers=draw(st.one_of(st.just({}), some_headers)),
    )


@st.composite
def invented_requests(draw: st.DrawFn) -> Request:
    place = draw(st.sampled_from(PLACES))
    given = {name: quoted(draw(parameter_values.get(name, anything)), name) for name in place.parameters}
    url = place.template.format(**given) + draw(words(("",) * 20, ("/", "//", ".git", "%00", "/x")))
    method = draw(words(METHODS_OF.get(place.route, ("GET",)) * 30, METHODS))
    return Request(
        place.route,
        draw(words(PERSONS, ("owner",))),
        draw(words(("token", "session") * 5, WAYS)),
        method,
        with_query(url, draw(queries)),
        b"" if method in {"GET", "HEAD"} else draw(bodies),
        draw(words(TYPES)),
        draw(some_headers),
    )


@st.composite
def likely_requests(draw: st.DrawFn) -> Request:
    """From the table of permissions, which has a row for every route."""
    row = draw(st.sampled_from(ROWS))
    url = retarget(row.url, row.route).replace(f"acme/{SECRET_MODEL}", f"acme/{draw(targets)}")
    body = row.body(Words()) if callable(row.body) else row.body
    if isinstance(body, dict):
        body = as_json(draw(mutated(body)))
    elif body is None:
        body = (
            draw(st.one_of(st.just(b""), st.just(b""), bodies)) if row.method not in {"GET", "HEAD"} else b""
        )
    body = body.encode() if isinstance(body, str) else body
    return Request(
        row.route,
        draw(words(PERSONS, ("owner",))),
        draw(words((row.by,) * 15, WAYS)),
        draw(words((row.method,) * 50, METHODS)),
        with_query(url, draw(st.one_of(st.just([]), queries))),
        retarget(body.decode("latin-1"), row.route).encode("latin-1"),
        draw(words((row.content_type,) * 8, TYPES)),
        draw(st.one_of(st.just({}), some_headers)),
    )


class Words(dict[str, str]):
    """For rows whose body needs what their world has: a word that is replaced later."""

    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


def retarget(text: str, route: str) -> str:
    """A row's text about the world of these requests."""
    for old, new in TARGETS.items():
        text = text.replace(old, new)
    thing = next((word for word in ("schedule", "run", "job", "webhook") if word in route), "job")
    return text.replace("{id}", f"{{{thing}}}").replace(
        "{slug}", "{board}" if "leaderboard" in route else "{slug}"
    )


@st.composite
def mutated(draw: st.DrawFn, body: dict[str, Any]) -> Any:
    """Mostly as it is, else without one key or with another value or key."""
    how = draw(st.integers(0, 5))
    changed = dict(body)
    key = draw(st.one_of(st.sampled_from(sorted(body)), words(KEYS))) if body else draw(words(KEYS))
    if how == 0:
        changed.pop(key, None)
    elif how in {1, 2}:
        changed[key] = draw(values)
    elif how == 3:
        changed |= draw(objects)
    return changed


def with_query(url: str, query: list[tuple[str, Any]]) -> str:
    if not query:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query, errors='replace')}"


def quoted(text: str, name: str) -> str:
    """As a client writes it into an address; words that are replaced later keep their braces."""
    safe = "/{}" if name in {"rest", "path", "prefix", "topic"} else "{}"
    return quote(text, safe=safe, errors="replace")


def twin(request: Request) -> Request:
    """The same about repositories that do not exist, whose names are as long."""

    def renamed(text: str) -> str:
        return text.replace(SECRET_MODEL, MISSING_MODEL).replace(SECRET_DATA, MISSING_DATA)

    headers = {name: renamed(value) for name, value in request.headers.items()}
    body = request.body.replace(SECRET_MODEL.encode(), MISSING_MODEL.encode())
    body = body.replace(SECRET_DATA.encode(), MISSING_DATA.encode())
    return Request(
        request.route,
        request.person,
        request.way,
        request.method,
        renamed(request.url),
        body,
        request.content_type,
        headers,
    )
