"""Global deduplication: who learns which chunks the hub holds."""

from __future__ import annotations

import struct
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from hub.accounts.models import User
from hub.core import clock
from models_app.content import services as content
from models_app.content.models import XetEligibleChunk, XetXorb
from models_app.repositories import large_files
from models_app.repositories.models import Repository
from models_app.storage.xet import hashes
from tests.factories.accounts import make_token, make_user
from tests.factories.large_files import commit_large_file, upload_by_xet
from tests.factories.repositories import make_repository
from tests.factories.xet import FileOfTerms, Xorb, random_chunks, shard

pytestmark = pytest.mark.django_db

RECORD = 48


@pytest.fixture(autouse=True)
def own_data(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def alice() -> User:
    return make_user("alice")


@pytest.fixture
def bob() -> User:
    return make_user("bob")


def committed(owner: User, name: str, *, private: bool = False, seed: int = 0) -> FileOfTerms:
    repository = make_repository(owner, name, private=private)
    file = upload_by_xet(repository, seed)
    commit_large_file(repository, owner, "w.bin", file.real_sha256)
    return file


def first_chunk(file: FileOfTerms) -> bytes:
    xorb, first, _ = file.terms[0]
    return xorb.nodes[first][0]


def ask(client: Client, person: User | None, repository: str, chunk: bytes) -> bytes | None:
    headers = {"Authorization": f"Bearer {make_token(person)}"} if person else {}
    told = client.get(f"/api/models/{repository}/xet-read-token/main", headers=headers).json()
    response = client.get(
        f"/cas/g1/v1/chunks/default-merkledb/{hashes.to_text(chunk)}",
        headers={"Authorization": f"Bearer {told['accessToken']}"},
    )
    assert response.status_code in {200, 404}
    return response.content if response.status_code == 200 else None


def recognized(reply: bytes, file: FileOfTerms) -> list[bool]:
    """For each chunk of the file's xorb, whether somebody who has it would find it in the reply."""
    key = reply[-200 + 72 : -200 + 104]
    sent = reply[2 * RECORD :]
    xorb = file.terms[0][0]
    assert sent[:32] == xorb.raw_hash
    chunks = [sent[RECORD * (1 + at) :][:RECORD] for at in range(len(xorb.chunks))]
    return [
        (chunk[:32], struct.unpack_from("<I", chunk, 36)) == (hashes.keyed(key, node[0]), (node[1],))
        for chunk, node in zip(chunks, xorb.nodes, strict=True)
    ]


def test_a_chunk_of_a_public_file_is_known_to_everybody(client: Client, alice: User) -> None:
    file = committed(alice, "open")
    reply = ask(client, None, "alice/open", first_chunk(file))
    assert reply
    assert recognized(reply, file) == [at < 3 or at >= 5 for at in range(40)]
    created, expires = struct.unpack_from("<QQ", reply, len(reply) - 200 + 104)
    assert created < expires <= created + 30 * 86_400


def test_a_chunk_of_a_private_file_is_known_to_those_who_read_it(
    client: Client, alice: User, bob: User
) -> None:
    file = committed(alice, "secret", private=True)
    make_repository(alice, "mine")
    make_repository(bob, "theirs")
    assert ask(client, alice, "alice/mine", first_chunk(file))
    assert ask(client, bob, "bob/theirs", first_chunk(file)) is None
    assert ask(client, bob, "alice/mine", first_chunk(file)) is None
    assert ask(client, None, "alice/mine", first_chunk(file)) is None


def test_chunks_of_a_private_file_in_the_same_xorb_are_blanked(
    client: Client, alice: User, bob: User
) -> None:
    xorb = Xorb(random_chunks(10, 3_000))
    content.receive_xorb(xorb.hash, [xorb.body])
    shared, hidden = FileOfTerms([(xorb, 0, 4)]), FileOfTerms([(xorb, 4, 10)])
    content.register_shard([shard([shared, hidden])])
    for file, name in ((shared, "open"), (hidden, "secret")):
        repository = make_repository(alice, name, private=name == "secret")
        large_files.link(repository, file.real_sha256)
        commit_large_file(repository, alice, "w.bin", file.real_sha256)
    reply = ask(client, bob, "alice/open", first_chunk(shared))
    assert reply
    assert recognized(reply, shared) == [True] * 4 + [False] * 6
    assert ask(client, bob, "alice/open", first_chunk(hidden)) is None


def test_an_upload_that_nobody_committed_is_known_to_nobody(client: Client, alice: User) -> None:
    repository: Repository = make_repository(alice, "open")
    file = upload_by_xet(repository)
    assert ask(client, alice, "alice/open", first_chunk(file)) is None


def test_an_answer_keeps_the_xorbs_it_names(client: Client, alice: User) -> None:
    file = committed(alice, "open")
    XetXorb.objects.update(last_named_at=clock.now() - timedelta(days=29))
    ask(client, None, "alice/open", first_chunk(file))
    assert XetXorb.objects.get().last_named_at > clock.now() - timedelta(minutes=1)


def test_chunks_go_with_their_xorb(client: Client, alice: User) -> None:
    committed(alice, "open")
    assert XetEligibleChunk.objects.exists()
    XetXorb.objects.get().file_links.all().delete()
    XetXorb.objects.all().delete()
    assert not XetEligibleChunk.objects.exists()
