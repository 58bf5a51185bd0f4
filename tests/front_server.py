"""nginx in front of a hub of a test or a benchmark, set up as docs/nginx.conf says."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from tests.live import ROOT, free_port

EXAMPLE = ROOT / "docs" / "nginx.conf"
FRAME = """
worker_processes 1;
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
{user}
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {servers}
}}
"""
STATIC = "server {{ listen 127.0.0.1:{port}; root {root}; sendfile on; tcp_nopush on; }}"


def program() -> str | None:
    return shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")


def in_front_of(hub_port: int, port: int, data: Path) -> str:
    """The example of the documentation with its four places changed."""
    text = EXAMPLE.read_text()
    for marked, own in (
        ("server 127.0.0.1:8000;", f"server 127.0.0.1:{hub_port};"),
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("server_name hub.example.org;", "server_name _;"),
        ("alias /srv/hub/;", f"alias {data}/;"),
    ):
        assert marked in text, marked
        text = text.replace(marked, own)
    return text


@contextmanager
def nginx(servers: str, port: int) -> Iterator[str]:
    """The address of a running nginx with these `server` blocks, one of which listens on the port."""
    folder = Path(tempfile.mkdtemp(prefix="hub-nginx-"))
    # Started by root it would give its workers to somebody who may not read the files.
    user = "user root;" if Path("/proc/self").stat().st_uid == 0 else ""
    (folder / "nginx.conf").write_text(FRAME.format(folder=folder, servers=servers, user=user))
    process = subprocess.Popen([str(program()), "-c", folder / "nginx.conf", "-e", folder / "error.log"])
    try:
        wait(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


def wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        try:
            urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
            return
        except HTTPError:
            return
        except (URLError, OSError):
            assert process.poll() is None, "nginx ended"
            time.sleep(0.05)
    raise AssertionError("nginx does not answer")


@contextmanager
def before_hub(hub_port: int, data: Path) -> Iterator[str]:
    port = free_port()
    with nginx(in_front_of(hub_port, port, data), port) as url:
        yield url


@contextmanager
def of_folder(root: Path) -> Iterator[str]:
    """nginx serving plain files: what any download is measured against."""
    port = free_port()
    with nginx(STATIC.format(port=port, root=root), port) as url:
        yield url
