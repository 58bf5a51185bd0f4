"""An object store for tests: a server on loopback that speaks S3, started once for the whole run."""

from __future__ import annotations

import atexit
from functools import cache

from pytest_django import Settings


@cache
def s3_endpoint() -> str:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    atexit.register(server.stop)
    host, port = server.get_host_and_port()
    return f"http://{host}:{port}"


def use_s3(settings: Settings, *, prefix: str = "") -> None:
    """Keep large files in the store from here on."""
    from models_app.storage.s3_store import S3Store

    settings.S3_ENDPOINT, settings.S3_BUCKET, settings.S3_PREFIX = s3_endpoint(), "hub", prefix
    settings.S3_ACCESS_KEY = settings.S3_SECRET_KEY = "test"
    S3Store.from_settings("lfs").client.create_bucket(Bucket="hub")
