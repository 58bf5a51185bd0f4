from __future__ import annotations

import pytest
from django.test import Client

from hub.accounts.models import Role, User
from models_app.repositories.models import Repository
from tests.factories.accounts import make_organization, make_user
from tests.factories.repositories import make_repository

CARD = """---
license: mit
language: [en, fr]
pipeline_tag: translation
library_name: transformers
datasets: [acme/pairs, elsewhere/unknown]
base_model: acme/base
tags: [small]
---
# A model

Reads [the config](config.json).

| task | BLEU |
|---|--:|
| en-fr | 12.3 |
"""
CONFIG = '{"architectures": ["T5ForConditionalGeneration"], "model_type": "t5"}\n'


@pytest.fixture
def owner(db: None) -> User:
    return make_user("alice")


@pytest.fixture
def stranger(db: None) -> User:
    return make_user("charlie")


@pytest.fixture
def acme(owner: User):
    return make_organization("acme", admin=owner, members={make_user("bob"): Role.WRITE})


@pytest.fixture
def model(acme) -> Repository:
    files = {"README.md": CARD, "config.json": CONFIG, "docs/notes.md": "# Notes\n![p](p.png)\n"}
    return make_repository(acme, "model", files=files)


@pytest.fixture
def secret(acme) -> Repository:
    return make_repository(acme, "secret", private=True, files={"README.md": "# Secret\n"})


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def as_owner(owner: User) -> Client:
    return signed_in(owner)


@pytest.fixture
def as_stranger(stranger: User) -> Client:
    return signed_in(stranger)
