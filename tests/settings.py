"""Settings of the test run: the hub's own, with a data folder that the run throws away."""

import atexit
import os
import shutil
import tempfile

if "HUB_TEST_DATA_DIR" not in os.environ:
    os.environ["HUB_TEST_DATA_DIR"] = tempfile.mkdtemp(prefix="hub-test-")
    atexit.register(shutil.rmtree, os.environ["HUB_TEST_DATA_DIR"], ignore_errors=True)
# Each process of a run has a database of its own, and so a folder: two that shared their large files would
# replace and delete them under each other's readers.
os.environ["HUB_DATA_DIR"] = f"{os.environ['HUB_TEST_DATA_DIR']}/{os.environ.get('PYTEST_XDIST_WORKER', '')}"
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", "")
os.environ["REDIS_URL"] = os.environ.get("TEST_REDIS_URL", "")

from hub.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405
if DATABASE_URL:  # noqa: F405
    # Durability is the server's promise, not what these tests are about; waiting for its disk is slow.
    DATABASES["default"]["OPTIONS"] = {"options": "-c synchronous_commit=off"}  # noqa: F405
