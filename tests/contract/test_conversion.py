"""Files that came whole become chunks of the same bytes, on a running hub."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from huggingface_hub import HfApi, hf_hub_download

from tests.contract.people import make_token
from tests.live import LiveHub


@pytest.fixture
def hub() -> Iterator[LiveHub]:
    own = LiveHub()
    try:
        yield own.start()
    finally:
        own.close()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the client's own HTTP library
def test_a_file_that_came_whole_becomes_chunks(hub: LiveHub, tmp_path: Path) -> None:
    hub.manage("create_user", "larges")
    api = HfApi(endpoint=hub.url, token=make_token(hub, "larges"))
    data = random.randbytes(12_000_000)
    api.create_repo("larges/whole", private=True)
    # A file object goes by LFS, whatever the client speaks.
    api.upload_file(path_or_fileobj=io.BytesIO(data), path_in_repo="w.bin", repo_id="larges/whole")
    assert list((hub.data / "lfs").glob("??/??/*"))
    assert "1 files converted" in hub.manage("convert_lfs")
    assert "0 files converted, 0 left" in hub.manage("convert_lfs")
    assert hub.rows("SELECT storage FROM models_app_lfsobject") == [{"storage": "xet"}]
    headers = {"Authorization": f"Bearer {api.token}"}
    whole = httpx2.get(f"{hub.url}/larges/whole/resolve/main/w.bin", headers=headers)
    assert (whole.content, len(whole.headers["X-Xet-Hash"])) == (data, 64)
    fetched = hf_hub_download(
        "larges/whole", "w.bin", endpoint=hub.url, token=api.token, cache_dir=tmp_path / "cache"
    )
    assert Path(fetched).read_bytes() == data
