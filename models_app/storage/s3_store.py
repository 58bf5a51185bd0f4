"""Objects in an S3 bucket: `<prefix>/lfs/12/34/1234…`.

Drafts are local files: a hash is checked before a byte of it reaches the bucket.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings

from models_app.storage.blob_store import DRAFT_LIFE_SECONDS, READ_BLOCK, Draft, StoredObject, sweep_drafts

URL_LIFE_SECONDS = 3600
MISSING = {"404", "NoSuchKey", "NotFound"}


class S3Store:
    def __init__(self, client: Any, bucket: str, prefix: str, drafts: Path) -> None:
        self.client = client
        self.bucket = bucket
        self.prefix = prefix
        self.drafts = drafts

    @classmethod
    def from_settings(cls, kind: str) -> S3Store:
        client = s3_client(
            settings.S3_ENDPOINT, settings.S3_REGION, settings.S3_ACCESS_KEY, settings.S3_SECRET_KEY
        )
        prefix = "/".join(part for part in (settings.S3_PREFIX, kind) if part)
        return cls(client, settings.S3_BUCKET, prefix, Path(settings.DATA_DIR) / kind / "tmp")

    def name(self, key: str) -> str:
        return f"{self.prefix}/{key[:2]}/{key[2:4]}/{key}"

    def new_draft(self) -> Draft:
        return Draft(self.drafts)

    def adopt(self, draft: Draft, key: str) -> None:
        from boto3.s3.transfer import TransferConfig

        # In parts, read from the file as they are sent; S3 shows the object once it is complete.
        parts = TransferConfig(max_concurrency=4)
        self.client.upload_file(str(draft.path), self.bucket, self.name(key), Config=parts)

    def size(self, key: str) -> int | None:
        from botocore.exceptions import ClientError

        try:
            return int(self.client.head_object(Bucket=self.bucket, Key=self.name(key))["ContentLength"])
        except ClientError as error:
            if is_missing(error):
                return None
            raise

    def read(self, key: str, start: int, end: int) -> Iterator[bytes]:
        from botocore.exceptions import ClientError

        if start >= end:
            return
        try:
            answer = self.client.get_object(
                Bucket=self.bucket, Key=self.name(key), Range=f"bytes={start}-{end - 1}"
            )
        except ClientError as error:
            if is_missing(error):
                raise FileNotFoundError(key) from error
            raise
        yield from answer["Body"].iter_chunks(READ_BLOCK)

    def delete(self, key: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=self.name(key))

    def redirect_url(self, key: str, filename: str) -> str | None:
        parameters = {
            "Bucket": self.bucket,
            "Key": self.name(key),
            "ResponseContentDisposition": f"attachment; filename*=UTF-8''{quote(filename, safe='')}",
            "ResponseContentType": "application/octet-stream",
        }
        url: str = self.client.generate_presigned_url(
            "get_object", Params=parameters, ExpiresIn=URL_LIFE_SECONDS
        )
        return url

    def local_path(self, key: str) -> Path | None:  # noqa: ARG002
        return None

    def staged_name(self, place: str) -> str:
        return f"{self.prefix}-staged/{place}"

    def staging_url(self, place: str, size: int) -> str | None:
        # The length is signed with the rest, so nothing larger gets in.
        parameters = {"Bucket": self.bucket, "Key": self.staged_name(place), "ContentLength": size}
        url: str = self.client.generate_presigned_url(
            "put_object", Params=parameters, ExpiresIn=URL_LIFE_SECONDS
        )
        return url

    def stage(self, draft: Draft, place: str) -> None:
        self.client.upload_file(str(draft.path), self.bucket, self.staged_name(place))

    def take_staged(self, place: str) -> Draft | None:
        from botocore.exceptions import ClientError

        draft = self.new_draft()
        try:
            self.client.download_file(self.bucket, self.staged_name(place), str(draft.path))
        except ClientError as error:
            draft.__exit__(None, None, None)
            if is_missing(error):
                return None
            raise
        self.client.delete_object(Bucket=self.bucket, Key=self.staged_name(place))
        return draft

    def objects(self) -> Iterator[StoredObject]:
        return self.listed(f"{self.prefix}/")

    def listed(self, prefix: str) -> Iterator[StoredObject]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        for page in pages:
            for item in page.get("Contents", ()):
                name = item["Key"].rpartition("/")[2]
                yield StoredObject(name, item["Size"], item["LastModified"].timestamp())

    def sweep(self) -> int:
        old = time.time() - DRAFT_LIFE_SECONDS
        stale = [item.key for item in self.listed(self.staged_name("")) if item.modified < old]
        for place in stale:
            self.client.delete_object(Bucket=self.bucket, Key=self.staged_name(place))
        return len(stale) + sweep_drafts(self.drafts)


def is_missing(error: Any) -> bool:
    return error.response.get("Error", {}).get("Code") in MISSING


@lru_cache(maxsize=4)
def s3_client(endpoint: str, region: str, access_key: str, secret_key: str) -> Any:
    """Clients are thread-safe and take 100 ms to build, so one is kept for each set of settings."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=endpoint or None,
        region_name=region,
        aws_access_key_id=access_key or None,
        aws_secret_access_key=secret_key or None,
        config=Config(signature_version="s3v4", retries={"max_attempts": 4, "mode": "standard"}),
    )
