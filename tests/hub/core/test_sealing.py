from __future__ import annotations

from hub.core import sealing


def test_it_reads_back_what_it_sealed(settings):
    sealed = sealing.seal("hush")
    assert "hush" not in sealed
    assert sealing.unseal(sealed) == "hush"
    assert sealing.seal("") == sealing.unseal("") == ""


def test_it_opens_with_a_former_key_and_with_no_other(settings):
    sealed, former = sealing.seal("hush"), settings.SECRET_KEY
    settings.SECRET_KEY = "another"
    assert sealing.unseal(sealed) == ""
    settings.SECRET_KEY_FALLBACKS = [former]
    assert sealing.unseal(sealed) == "hush"
