"""Words that the hub knows, and odd ones, of which requests are made."""

from __future__ import annotations

from tests.fuzz.world import SECRET_DATA, SECRET_MODEL

METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS")
WAYS = ("token", "basic", "session", "cas", "nonsense")
NAMESPACES = ("acme", "ACME", "owner", "stranger", "nobody-here")
NAMES = (SECRET_MODEL, SECRET_DATA, "gated", "open", "translation", "zqbench", "ZQmodel", "nothing")
REVISIONS = (
    "main", "zqbranch", "zqtag", "refs/pr/2", "refs/heads/main", "{head}", "HEAD", "none", "v1", "None",
)  # fmt: skip
PATHS = (
    "README.md", "sub", "sub/zqfile.txt", "table.csv", "w.npz", "x.npz", "a.txt", "h.npz", "config.json",
    "../x", ".git/config", "a\\b", "é", "b.csv", "zqproposal", "sub/a.txt",
)  # fmt: skip
ODD = (
    "", " ", "0", "-1", "1", "2", "99999999999999999999", "1e9", "NaN", "null", "true", "[]", "{}", "%00",
    "\0", "..", "/", "//", "a" * 300, "é", "𝔘", "\u202e", "'", '"', "<b>", "%", "%s", "{x}", "\r\nX: y",
    "*", "?", "#", "\ud800",
)  # fmt: skip
IDS = (
    "{job}", "{run}", "{schedule}", "{board}", "{event}", "{lock}", "{slug}", "{item}", "{webhook}",
    "{delivery}", "{sha256}", "{xet_file}", "{xet_sha256}", "0" * 64, "{signed_upload}",
    "{signed_verify}", "{head}", "00000000-0000-0000-0000-000000000000",
)  # fmt: skip
KEYS = (
    "name", "organization", "type", "visibility", "private", "files", "path", "content", "encoding",
    "license", "fromRepo", "toRepo", "repository", "startingPoint", "tag", "message", "gated",
    "protectedBranches", "operation", "objects", "transfers", "ref", "hash_algo", "paths", "expand",
    "title", "description", "comment", "status", "reason", "item", "items", "note", "position", "watched",
    "url", "domains", "secret", "user", "user_id", "rejectionReason", "deletions", "sha",
    "rewriteHistory", "force", "cursor", "limit", "id", "kind", "owner", "queue", "model", "revision",
    "benchmark", "tasks", "settings", "cron", "timezone", "zone", "request", "oid", "size", "parts",
    "target", "sha256", "pullRequest", "namespace", "theme", "length", "checksum", "sample", "gitIgnore",
    "gitAttributes", "repoType", "emptyBranch", "overwrite", "enabled", "recipe", "base_model", "dataset",
    "output", "upstream", "source", "seed", "follow", "next", "action",
)  # fmt: skip
QUERY_KEYS = (
    "search", "author", "filter", "sort", "direction", "limit", "cursor", "expand", "expand[]", "full",
    "blobs", "recursive", "q", "page", "p", "after", "before", "status", "type", "service", "create_pr",
    "include_prs", "download", "gated", "pipeline_tag", "num_parameters", "path", "id", "owner", "tail",
    "follow", "kind", "sort", "model", "benchmark", "tab", "next", "securityStatus", "securityRepoStatus",
    "order", "view", "row", "line", "format", "item_type", "item", "namespace", "repo_type", "library",
    "language", "task", "compare", "metric",
)  # fmt: skip
QUERY_WORDS = (
    "git-upload-pack", "git-receive-pack", "createdAt", "lastModified", "trendingScore", "likes30d",
    "siblings", "cardData", "lastCommit", "formatted", "min:1B,max:2B", "text-generation", "modelId",
    "open", "closed", "all",
)  # fmt: skip
TYPES = (
    "application/json", "application/x-ndjson", "application/octet-stream",
    "application/x-www-form-urlencoded", "application/vnd.git-lfs+json",
    "multipart/form-data; boundary=x", "application/x-git-receive-pack-request",
    "application/x-git-upload-pack-request", "text/plain", "", "application/json; charset=utf-16",
    "x/y; charset=no",
)  # fmt: skip
HEADERS = {
    "Accept": (
        "*/*",
        "text/html",
        "application/json",
        "text/plain",
        "application/vnd.xet-fileinfo+json, */*",
        "x",
    ),
    "Accept-Language": ("zh-hans", "en", "xx", "\\"),
    "Range": (
        "bytes=0-",
        "bytes=0-0",
        "bytes=-1",
        "bytes=9-2",
        "bytes=99999999999-",
        "bytes=a-b",
        "items=1",
        "bytes=",
    ),
    "If-None-Match": ('"x"', "*", ""),
    "If-Range": ('"x"', "Wed, 21 Oct 2015 07:28:00 GMT"),
    "Git-Protocol": ("version=2", "version=1", "x;y", "version=9"),
    "Content-Encoding": ("gzip", "identity", "br"),
    "Transfer-Encoding": ("chunked", "gzip"),
    "HX-Request": ("true",),
    "Origin": ("https://elsewhere.example", "null"),
    "Host": ("hub.example:99", "[::1]"),
    "X-Request-Id": ("mine", "a" * 300, "\n"),
    "X-Amzn-Trace-Id": ("trace", "é"),
    "X-HF-Download-Counter": ("1",),
    "X-Forwarded-For": ("1.2.3.4", "x"),
    "Referer": ("http://testserver/acme", "x"),
    "Cookie": ("sessionid=x; csrftoken=y", "=;=", "theme=dark"),
    "Last-Event-ID": ("1", "x"),
}
