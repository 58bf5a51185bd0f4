"""From a commit to Parquet on its reference."""

from __future__ import annotations

import io
import json
from io import StringIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command

from hub.accounts.models import User
from hub.activity.models import Event
from models_app.commits import services as commits
from models_app.commits.operations import DeleteFile
from models_app.repositories import selectors
from models_app.repositories.models import Repository, RepositoryLfsObject
from models_app.viewer import conversion as files
from models_app.viewer import services
from models_app.viewer.models import Conversion, ConversionState, ConvertedFile
from tests.factories.accounts import actor_for, make_user
from tests.factories.repositories import commit_files, make_repository
from tests.factories.viewer import make_dataset, parquet_of

TRAIN = "en,fr\na,x\nb,y\n"


@pytest.fixture
def alice(db: None) -> User:
    return make_user("alice")


def tree_of(repository: Repository) -> list[str]:
    commit = selectors.resolve(repository, "refs/convert/parquet").commit
    page = selectors.list_tree(repository, commit, recursive=True)
    return [entry.path for entry in page.entries if not entry.is_directory]


def rows_of(repository: Repository, path: str) -> list[dict[str, object]]:
    commit = selectors.resolve(repository, "refs/convert/parquet").commit
    content = selectors.open_content(repository, selectors.find(repository, commit, path))
    return pq.read_table(io.BytesIO(b"".join(content.read(0, content.size)))).to_pylist()


def conversion_of(repository: Repository) -> Conversion:
    return Conversion.objects.get(repository=repository)


def test_it_converts_every_format_it_knows(alice: User) -> None:
    repository = make_dataset(
        alice,
        files={
            "README.md": "---\nconfigs:\n"
            "- {config_name: csv, data_files: a.csv}\n- {config_name: tsv, data_files: b.tsv}\n"
            "- {config_name: lines, data_files: c.jsonl}\n- {config_name: array, data_files: d.json}\n"
            "- {config_name: text, data_files: e.txt}\n---\n",
            "a.csv": TRAIN,
            "b.tsv": "en\tfr\na\tx\n",
            "c.jsonl": '{"en": "a", "tags": ["t"]}\n{"en": "b"}\n',
            "d.json": '[{"en": "a", "n": 1}]',
            "e.txt": "one\ntwo\n",
        },
    )
    assert tree_of(repository) == [
        ".gitattributes",
        *(f"{name}/train/0000.parquet" for name in ("array", "csv", "lines", "text", "tsv")),
    ]
    assert rows_of(repository, "csv/train/0000.parquet") == [{"en": "a", "fr": "x"}, {"en": "b", "fr": "y"}]
    assert rows_of(repository, "lines/train/0000.parquet")[0] == {"en": "a", "tags": ["t"]}
    assert rows_of(repository, "array/train/0000.parquet") == [{"en": "a", "n": 1}]
    assert rows_of(repository, "text/train/0000.parquet") == [{"text": "one"}, {"text": "two"}]
    found = conversion_of(repository)
    assert (found.state, found.head, found.default_config) == ("done", repository.head, "csv")
    assert [split.statistics["partial"] for split in found.splits.all()] == [False] * 5


def test_a_folder_of_pictures_becomes_rows_with_their_bytes(alice: User) -> None:
    repository = make_dataset(
        alice,
        files={
            "train/cat/a.png": b"png of a",
            "train/dog/b.png": b"png of b",
            "test/metadata.jsonl": '{"file_name": "c.png", "words": "a cat"}\n{"file_name": "gone.png"}\n',
            "test/c.png": b"png of c",
        },
    )
    picture = {"bytes": b"png of b", "path": "b.png"}
    assert rows_of(repository, "default/train/0000.parquet")[1] == {"image": picture, "label": 1}
    [row] = rows_of(repository, "default/test/0000.parquet")
    assert (row["image"], row["words"]) == ({"bytes": b"png of c", "path": "c.png"}, "a cat")
    train, test = conversion_of(repository).splits.all()
    assert train.columns == {
        "image": {"_type": "Image"},
        "label": {"names": ["cat", "dog"], "_type": "ClassLabel"},
    }
    assert list(test.columns) == ["image", "words"]


def test_sounds_with_a_broken_table_say_so(alice: User) -> None:
    repository = make_dataset(alice, files={"a.wav": b"sound", "metadata.csv": "name,text\na.wav,hello\n"})
    [split] = conversion_of(repository).splits.all()
    assert "metadata.csv has no column `file_name`" in split.problem


def test_it_converts_only_what_changed(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = make_dataset(alice, files={"train.csv": TRAIN, "test.csv": TRAIN.replace("a", "c")})
    first = conversion_of(repository).parquet_commit
    read: list[str] = []
    run = files._run
    monkeypatch.setattr(files, "_run", lambda *given: (read.append(given[1].name), run(*given))[1])
    commit_files(repository, alice, {"test.csv": TRAIN.replace("a", "d"), "README.md": "# Text\n"})
    services.refresh(repository.pk)
    assert read == ["test.csv"]
    assert conversion_of(repository).parquet_commit != first
    assert rows_of(repository, "default/test/0000.parquet")[0]["en"] == "d"


def test_it_lets_go_of_what_is_gone_but_of_nothing_that_people_committed(alice: User) -> None:
    repository = make_dataset(alice, files={"train.csv": TRAIN})
    old = ConvertedFile.objects.get().sha256
    commits.commit(actor_for(alice), repository, "main", [DeleteFile("train.csv")], summary="Delete")
    services.refresh(repository.pk)
    found = conversion_of(repository)
    assert found.state == ConversionState.FAILED
    assert "no data files" in found.problem
    assert selectors.refs(repository).converts == []
    assert not RepositoryLfsObject.objects.filter(lfs_object_id=old).exists()


def test_it_keeps_a_result_that_somebody_committed(alice: User) -> None:
    from models_app.commits.operations import AddLargeFile

    repository = make_dataset(alice, files={"train.csv": TRAIN})
    old = ConvertedFile.objects.get().sha256
    taken = [AddLargeFile("copy.parquet.kept", old), DeleteFile("train.csv")]
    commits.commit(actor_for(alice), repository, "main", taken, summary="Keep")
    services.refresh(repository.pk)
    assert RepositoryLfsObject.objects.filter(lfs_object_id=old).exists()


def test_it_stops_at_the_limit_and_says_so(alice: User, settings) -> None:
    settings.VIEWER_MAX_BYTES = 1_000
    lines = "".join(f'{{"n": {number}}}\n' for number in range(1_000))
    repository = make_dataset(alice, files={"train.jsonl": lines})
    split = conversion_of(repository).splits.get()
    assert (split.part, split.is_partial) == ("size", True)
    assert 50 < split.rows < 200
    assert tree_of(repository)[1:] == ["default/partial-train/0000.parquet"]


def test_it_names_the_file_that_cannot_be_read_and_converts_the_rest(alice: User) -> None:
    repository = make_dataset(alice, files={"train.csv": TRAIN, "test.csv": "a,b\n1\n"})
    by_name = {split.name: split for split in conversion_of(repository).splits.all()}
    assert "test.csv" in by_name["test"].problem
    assert by_name["train"].rows == 2
    assert tree_of(repository)[1:] == ["default/train/0000.parquet"]


def test_a_split_of_files_without_rows_leaves_the_others_alone(alice: User) -> None:
    repository = make_dataset(alice, files={"train.csv": TRAIN, "test.pdf": "x"})
    by_name = {split.name: split for split in conversion_of(repository).splits.all()}
    assert (by_name["test"].files, ".pdf" in by_name["test"].problem) == ([], True)
    assert (by_name["train"].rows, by_name["train"].problem) == (2, "")
    assert tree_of(repository)[1:] == ["default/train/0000.parquet"]


def test_it_joins_files_whose_columns_differ(alice: User) -> None:
    files_ = {"data/train/a.jsonl": '{"n": 1}\n', "data/train/b.jsonl": '{"n": 1.5, "t": "x"}\n'}
    split = conversion_of(make_dataset(alice, files=files_)).splits.get()
    assert split.is_mixed
    assert split.columns["n"]["dtype"] == "float64"
    assert list(split.columns) == ["n", "t"]


def test_it_works_once_however_often_it_is_woken(alice: User) -> None:
    repository = make_dataset(alice, files={"train.csv": TRAIN})
    assert services.refresh(repository.pk) is False
    assert services.refresh(10_000_000) is False
    assert services.sweep() == 0
    commit_files(repository, alice, {"train.csv": "en,fr\nq,r\n"})
    assert services.sweep() == 1


def test_an_operator_converts_what_is_behind(alice: User) -> None:
    make_repository(alice, "one", "dataset", files={"train.csv": TRAIN})
    make_repository(alice, "two", "dataset", files={"train.csv": TRAIN})
    told = StringIO()
    call_command("convert_datasets", "alice/two", stdout=told)
    call_command("convert_datasets", "--json", stdout=told)
    assert told.getvalue().splitlines() == ["1 datasets converted.", '{"datasets": 1}']
    with pytest.raises(CommandError, match="not found"):
        call_command("convert_datasets", "alice/none")


def test_it_follows_commits_to_the_default_branch_alone(alice: User) -> None:
    repository = make_repository(alice, "data", "dataset", files={"train.csv": TRAIN})
    event = Event.objects.filter(verb="commit").latest("pk")
    event.data["branch"] = "other"
    event.save()
    services.follow(event.pk)
    assert not Conversion.objects.exists()
    event.data["branch"] = "main"
    event.save()
    services.follow(event.pk)
    assert conversion_of(repository).state == "done"


def test_it_leaves_models_and_switched_off_hubs_alone(alice: User, settings) -> None:
    model = make_repository(alice, "model", files={"train.csv": TRAIN})
    assert services.refresh(model.pk) is False
    settings.VIEWER_MAX_BYTES = 0
    make_dataset(alice, files={"train.csv": TRAIN})
    assert services.sweep() == 0
    assert not Conversion.objects.exists()


def test_it_takes_over_from_a_worker_that_died(alice: User) -> None:
    from datetime import timedelta

    from hub.core import clock

    repository = make_repository(alice, "data", "dataset", files={"train.csv": TRAIN})
    lease = clock.now() + timedelta(seconds=30)
    row = Conversion.objects.create(repository=repository, state="running", leased_until=lease)
    assert services.refresh(repository.pk) is False
    row.leased_until = clock.now() - timedelta(seconds=1)
    row.save()
    assert services.sweep() == 1
    assert services.refresh(repository.pk) is True
    assert conversion_of(repository).state == "done"


def test_it_keeps_what_parquet_says_of_its_features(alice: User) -> None:
    labels = {"_type": "ClassLabel", "names": ["bad", "good"]}
    noted = json.dumps({"info": {"features": {"label": labels}}})
    table = pa.table({"label": [0, 1], "nested": [{"z": "last", "a": [1, 2]}] * 2})
    data = parquet_of(table.replace_schema_metadata({"huggingface": noted}))
    repository = make_dataset(alice, files={"data/test-00000-of-00001.parquet": data})
    split = conversion_of(repository).splits.get()
    assert (split.name, split.rows) == ("test", 2)
    assert split.columns["label"] == labels
    assert list(split.columns["nested"]) == ["z", "a"]
    assert rows_of(repository, "default/test/0000.parquet")[0]["nested"] == {"z": "last", "a": [1, 2]}
