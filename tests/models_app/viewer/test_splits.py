"""Configurations and splits, as the `datasets` library finds them."""

from __future__ import annotations

from typing import Any

import pytest

from models_app.viewer.splits import NoPlan, default_config, plan


def found(paths: list[str], **card: Any) -> dict[str, list[str]]:
    return {f"{split.config}/{split.name}": list(split.files) for split in plan(card, paths)}


@pytest.mark.parametrize(
    ("paths", "splits"),
    [
        (["README.md", "data.csv"], {"train": ["data.csv"]}),
        (
            ["train.csv", "test.csv", "dev.csv"],
            {"train": ["train.csv"], "validation": ["dev.csv"], "test": ["test.csv"]},
        ),
        (
            ["data/train/1.csv", "data/train/2.csv", "data/eval/1.csv"],
            {"train": ["data/train/1.csv", "data/train/2.csv"], "test": ["data/eval/1.csv"]},
        ),
        (
            ["data/zz-00000-of-00001.parquet", "data/train-00000-of-00001.parquet"],
            {"train": ["data/train-00000-of-00001.parquet"], "zz": ["data/zz-00000-of-00001.parquet"]},
        ),
        (
            ["my-train-file.jsonl", "my_test.jsonl"],
            {"train": ["my-train-file.jsonl"], "test": ["my_test.jsonl"]},
        ),
        (["constraints.csv", "latest.csv"], {"train": ["constraints.csv", "latest.csv"]}),
        ([".hidden/train.csv", "__pycache__/train.csv", "a.csv"], {"train": ["a.csv"]}),
        (["a.csv.gz", "config.json"], {"train": ["a.csv.gz"]}),
        (["a.parquet", "b.csv"], {"train": ["a.parquet"]}),
    ],
)
def test_names_decide_where_the_card_says_nothing(paths: list[str], splits: dict[str, list[str]]) -> None:
    assert found(paths) == {f"default/{name}": files for name, files in splits.items()}


def test_the_card_decides_first() -> None:
    paths = ["a/x.csv", "a/y.csv", "b/x.jsonl", "deep/er/x.csv"]
    configs = [
        {"config_name": "one", "data_files": "a/*.csv"},
        {"config_name": "two", "data_files": [{"split": "test", "path": ["b/*", "none/*"]}]},
        {"config_name": "three", "data_files": ["deep/**"], "default": True},
        {"config_name": "four", "data_dir": "a", "sep": ";"},
    ]
    assert found(paths, configs=configs) == {
        "one/train": ["a/x.csv", "a/y.csv"],
        "two/test": ["b/x.jsonl"],
        "three/train": ["deep/er/x.csv"],
        "four/train": ["a/x.csv", "a/y.csv"],
    }
    splits = plan({"configs": configs}, paths)
    assert splits[-1].options == {"delimiter": ";"}
    assert default_config({"configs": configs}, splits) == "three"


@pytest.mark.parametrize(
    ("configs", "words"),
    [
        ("x", "must be a list"),
        ([{}], "config_name"),
        ([{"config_name": "a/b"}], "config_name"),
        ([{"config_name": "..", "data_files": "a.csv"}], "config_name"),
        ([{"config_name": "a", "data_files": "*.csv"}, {"config_name": "a", "data_files": "*.csv"}], "twice"),
        ([{"config_name": "a", "data_files": "none.csv"}], "No file fits"),
        ([{"config_name": "a", "data_dir": "none"}], "a has no data files"),
        ([{"config_name": "a", "data_files": [{"split": "a-b", "path": "a.csv"}]}], "cannot name a split"),
        ([{"config_name": "a", "data_files": [{"split": "a"}]}], "data_files"),
        ([{"config_name": "a", "data_files": 3}], "data_files"),
        ([{"config_name": "a", "data_dir": 3}], "data_dir"),
    ],
)
def test_a_card_that_cannot_be_followed_is_told_so(configs: Any, words: str) -> None:
    with pytest.raises(NoPlan, match=words):
        plan({"configs": configs}, ["a.csv"])


@pytest.mark.parametrize("paths", [[], ["README.md"], ["a.zip", "b.zip", "c.csv"], ["model.safetensors"]])
def test_without_files_of_rows_there_is_no_plan(paths: list[str]) -> None:
    with pytest.raises(NoPlan):
        plan({}, paths)


def test_a_configuration_that_cannot_be_followed_leaves_the_others_theirs() -> None:
    configs = [
        {"config_name": "good", "data_files": "a.csv"},
        {"config_name": "empty", "data_dir": "none"},
        {
            "config_name": "half",
            "data_files": [{"split": "train", "path": "a.csv"}, {"split": "test", "path": "b.csv"}],
        },
    ]
    splits = plan({"configs": configs}, ["a.csv"])
    assert [(split.config, split.name, bool(split.problem)) for split in splits] == [
        ("good", "train", False),
        ("empty", "train", True),
        ("half", "train", False),
        ("half", "test", True),
    ]


def test_pictures_and_sounds_are_rows_with_what_describes_them() -> None:
    [train, test] = plan({}, ["train/a.png", "train/b.jpg", "train/metadata.csv", "test/a.png"])
    assert (train.family.name, train.files, train.described_by) == (
        "image",
        ("train/a.png", "train/b.jpg"),
        ("train/metadata.csv",),
    )
    assert (test.files, test.described_by) == (("test/a.png",), ())
