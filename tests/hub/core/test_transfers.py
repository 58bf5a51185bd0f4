"""Places for large transfers, and full disks."""

from __future__ import annotations

import errno

import pytest
from django.db import OperationalError
from pytest_django import Settings

from hub.core import full_storage, transfers
from hub.core.errors import Busy

LARGE = transfers.SMALL_BYTES + 1


@pytest.fixture(autouse=True)
def two_places(settings: Settings) -> None:
    settings.WEB_TRANSFERS = 2


def test_one_transfer_too_many_is_told_to_come_back() -> None:
    with transfers.receiving(LARGE), transfers.receiving(None):
        with pytest.raises(Busy) as refusal, transfers.receiving(LARGE):
            pass
        assert refusal.value.retry_after
        with transfers.receiving(10):
            assert transfers.running() == 2
        with pytest.raises(Busy):
            transfers.sending(iter([b"x"]), LARGE)
    assert transfers.running() == 0


def test_a_download_gives_its_place_back_however_it_ends() -> None:
    def breaking() -> object:
        yield b"x"
        raise OSError

    assert list(transfers.sending(iter([b"x", b"y"]), LARGE)) == [b"x", b"y"]
    assert transfers.running() == 0
    closed = transfers.sending(iter([b"x"]), LARGE)
    closed.close()  # type: ignore[attr-defined]
    assert transfers.running() == 0
    with pytest.raises(OSError):
        list(transfers.sending(breaking(), LARGE))  # type: ignore[arg-type]
    assert transfers.running() == 0
    forgotten = transfers.sending(iter([b"x"]), LARGE)
    del forgotten
    assert transfers.running() == 0


def test_a_full_disk_is_recognized_in_each_form() -> None:
    for full in (
        OSError(errno.ENOSPC, "x"),
        OSError(errno.EDQUOT, "x"),
        OperationalError("database or disk is full"),
    ):
        refusal = full_storage.recognize(full)
        assert refusal
        assert (refusal.status, "full" in refusal.message) == (507, True)
    for other in (OSError(errno.EACCES, "x"), OperationalError("database is locked"), ValueError()):
        assert full_storage.recognize(other) is None
