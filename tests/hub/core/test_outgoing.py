from __future__ import annotations

import http.server
import socket
import threading

import pytest

from hub.core import outgoing


@pytest.fixture
def receiver():
    """A server on this machine that keeps what it was sent."""
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            seen.append((self.path, dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(302 if self.path == "/away" else 200)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
            self.wfile.write(b"x" * 10_000)

        def log_message(self, *_args):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, seen
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost:8000/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://10.1.2.3/",
        "http://169.254.169.254/latest/meta-data",
        "http://168.63.129.16/",
        "http://[64:ff9b::a00:1]/",
        "http://0.0.0.0/",
        "http://224.0.0.1/",
        "http://user:word@example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "https://",
        "http://[broken/",
        "http://example.org:notaport/",
        "http://example.org/ x",
    ],
)
def test_it_refuses_at_once_what_no_webhook_may_call(url):
    with pytest.raises(outgoing.Refused):
        outgoing.check_url(url)


@pytest.mark.parametrize(
    "found", [["10.0.0.1"], ["93.184.215.14", "127.0.0.1"], ["fd00:ec2::254"], ["fe80::1%lo"]]
)
def test_it_refuses_a_name_that_leads_inside(monkeypatch, found):
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in found]
    monkeypatch.setattr(outgoing.socket, "getaddrinfo", lambda *_args, **_options: answers)
    with pytest.raises(outgoing.Refused):
        outgoing.post("http://rebinding.example.org/", b"{}", {})


def test_it_refuses_odd_spellings_of_this_machine(monkeypatch):
    for host in ("2130706433", "0x7f.1", "127.1"):
        with pytest.raises((outgoing.Refused, outgoing.Unreachable)):
            outgoing.post(f"http://{host}:9/", b"{}", {})


def test_it_calls_a_listed_host_and_bounds_the_answer(settings, receiver):
    port, seen = receiver
    settings.OUTGOING_ALLOWED_HOSTS = [f"127.0.0.1:{port}"]
    answer = outgoing.post(f"http://127.0.0.1:{port}/hook?a=1", b"{}", {"X-One": "1"})
    assert (answer.status, len(answer.text)) == (200, outgoing.MAX_ANSWER_BYTES)
    path, headers, body = seen[0]
    assert (path, headers["X-One"], headers["Host"], body) == (
        "/hook?a=1",
        "1",
        f"127.0.0.1:{port}",
        b"{}",
    )
    with pytest.raises(outgoing.Refused):
        outgoing.post(f"http://127.0.0.1:{port + 1}/", b"{}", {})


def test_it_follows_no_redirect(settings, receiver):
    port, seen = receiver
    settings.OUTGOING_ALLOWED_HOSTS = ["127.0.0.1"]
    assert outgoing.post(f"http://127.0.0.1:{port}/away", b"{}", {}).status == 302
    assert len(seen) == 1


def test_it_ends_an_answer_that_trickles_in(settings, monkeypatch):
    settings.OUTGOING_ALLOWED_HOSTS = ["127.0.0.1"]
    monkeypatch.setattr(outgoing, "SECONDS", 0.5)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(outgoing.Unreachable):
            outgoing.post(f"http://127.0.0.1:{silent.getsockname()[1]}/", b"{}", {}, seconds=0.5)
