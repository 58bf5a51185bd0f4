"""What no client library would send: bytes on a socket to a running hub, which goes on and logs no failure.

Part of `make fuzz`: a tenth of FUZZ_REQUESTS.
"""

from __future__ import annotations

import random
import socket
from collections import Counter
from collections.abc import Sequence

import pytest

from tests.contract.people import Person, make_person
from tests.fuzz.test_protocol import REQUESTS, SEED
from tests.live import LiveHub

METHODS = (b"GET",) * 6 + (b"POST", b"PUT", b"HEAD", b"DELETE", b"OPTIONS", b"PATCH", b"GARBAGE", b"get", b"")
VERSIONS = (b"HTTP/1.1",) * 8 + (b"HTTP/1.0", b"HTTP/2", b"HTTP/9.9", b"")
PLACES = (
    b"/", b"/api/models", b"/api/models/NAME/thing", b"/api/models/NAME/thing/tree/main",
    b"/api/models/NAME/thing/paths-info/main", b"/api/models/NAME/thing/commit/main", b"/NAME/thing",
    b"/NAME/thing/resolve/main/README.md", b"/NAME/thing.git/info/refs?service=git-upload-pack",
    b"/NAME/thing.git/git-upload-pack", b"/NAME/thing.git/git-receive-pack", b"/cas/g1/v1/shards",
    b"/NAME/thing.git/info/lfs/objects/batch", b"/cas/g1/v2/file-chunk-hashes/", b"/lfs/upload/", b"/static/",
    b"/api/v1/jobs", b"/search?q=", b"/datasets-server/rows?dataset=", b"/accounts/login/",
)  # fmt: skip
PIECES = (
    b"%00", b"%ff", b"%C3%28", b"%ED%A0%80", b"%2e%2e/", b"..%2f", b"%252e", b"//", b"\\", b"\xff\xfe",
    b"\xc3\xa9", b"%0d%0aX-Injected:%201", b"%", b"%zz", b";x=1", b"?", b"#", b"a" * 5_000, b"/" * 300,
    b"%F0%9F%98%80",
    b"?expand=%ff&expand[]=x&=&&", b"?cursor=%00", b"?limit=-1", b"?%00=%00", b"?recursive=true&x=%ED%A0%80",
    b"*",
)  # fmt: skip
HEADERS = (
    b"Host: \xff", b"Host: a b", b"Host:", b"Content-Length: -1", b"Content-Length: 99999999999999999999",
    b"Content-Length: 5", b"Content-Length: x", b"Transfer-Encoding: chunked", b"Transfer-Encoding: x",
    b"Expect: 100-continue", b"Content-Encoding: gzip", b"Content-Encoding: zstd",
    b"Content-Type: application/x-ndjson", b"Content-Type: application/json", b"Content-Type: \xff/\xfe",
    b"Content-Type: multipart/form-data; boundary=" + b"b" * 300,
    b"Content-Type: application/x-git-upload-pack-request", b"Range: bytes=" + b"0-0," * 500 + b"0-0",
    b"Range: bytes=18446744073709551616-", b"Cookie: " + b"a=b; " * 900, b"Cookie: sessionid=\xff\x01",
    b"Authorization: Bearer \xff\xfe", b"Authorization: Basic " + b"A" * 3_000, b"Authorization: Basic =",
    b"Accept-Language: " + b"zh," * 500, b"Accept: \x01", b"X-Request-Id: \xff",
    b"X-Range-Dirty: bytes=\xb2-3",
    b"Git-Protocol: version=2\x01", b"If-None-Match: \xff", b"Connection: upgrade\r\nUpgrade: websocket",
    b"X-Forwarded-For: " + b"1," * 900, b"Origin: \xff", b"a" * 3_000 + b": b", b"no colon", b": empty",
)  # fmt: skip
BODIES = (
    b"", b"{}", b"[]", b"\xff\xfe{\x00}\x00", b"5\r\nhello\r\n0\r\n\r\n", b"5\r\nhel",
    b"ffffffffffffffffff\r\nx",
    b"\x1f\x8b\x08\x00bad", b"0000", b"0032want " + b"0" * 40 + b"\n00000009done\n", b"{" * 10_000,
    b"\x00" * 200,
    b'{"key":"header","value":{"summary":"x"}}\n',
    b"--b\r\nContent-Disposition: form-data; name=\xff\r\n\r\n",
    b"paths=%ff&expand=%00",
)  # fmt: skip


def made_up(source: random.Random, person: Person) -> bytes:
    def some(choices: Sequence[bytes], most: int) -> list[bytes]:
        return source.choices(choices, k=source.randrange(most + 1))

    place = source.choice(PLACES).replace(b"NAME", person.name.encode())
    at = source.choice([len(place), source.randrange(len(place) + 1)])
    target = place[:at] + b"".join(some(PIECES, 2)) + place[at:]
    start = b" ".join(part for part in (source.choice(METHODS), target, source.choice(VERSIONS)) if part)
    lines = [start, b"Host: 127.0.0.1", b"Connection: close", *some(HEADERS, 3)]
    if source.random() < 0.5:
        lines.append(f"Authorization: Bearer {person.token}".encode())
    body = source.choice(BODIES)
    if source.random() < 0.6:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def sent(hub: LiveHub, data: bytes) -> bytes:
    """The beginning of the answer; empty where the hub hung up, as it may."""
    with socket.create_connection(("127.0.0.1", hub.port), timeout=120) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            return connection.recv(65_536)
        except TimeoutError:
            raise
        except OSError:
            return b""


@pytest.mark.slow
def test_odd_bytes_on_the_wire_find_nothing(live_hub: LiveHub) -> None:
    person, source = make_person(live_hub), random.Random(SEED)
    live_hub.manage("create_repository", f"{person.name}/thing", "--as", person.name)
    log = live_hub.data / "web.log"
    before = log.stat().st_size
    statuses: Counter[bytes] = Counter()
    for _ in range(max(100, REQUESTS // 10)):
        data = made_up(source, person)
        head = sent(live_hub, data).partition(b"\r\n\r\n")[0].lower()
        status = head[9:12]
        statuses[status] += 1
        assert not head or head.startswith(b"http/1."), (data, head)
        is_meant = status in {b"501", b"503"} and b"\r\nx-error-code:" in head
        assert not status.startswith(b"5") or is_meant, (data, head)
        assert b"\r\nx-injected" not in head, (data, head)
    print(
        f"\nFUZZ_SEED={SEED}:", ", ".join(f"{key.decode() or 'hung up'}: {n}" for key, n in statuses.items())
    )
    assert b"200" in statuses
    with log.open("rb") as file:
        file.seek(before)
        assert b"Traceback" not in file.read()
    live_hub.wait_until_it_answers()
