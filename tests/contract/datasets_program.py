"""The `datasets` library and `hf://` paths, thoroughly; tests start it with the engines' Python.

`python datasets_program.py NAMESPACE STEP` with `HF_ENDPOINT`, `HF_TOKEN` and `HF_HOME` set; the step
`conversions` comes after `files`, and after the hub has converted. Prints `fine` at the end.
"""

from __future__ import annotations

import socket
import sys
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
from datasets import (
    Dataset,
    DatasetDict,
    Features,
    Value,
    get_dataset_config_names,
    get_dataset_split_names,
    load_dataset,
)
from datasets.utils import _dataset_viewer
from huggingface_hub import HfApi, HfFileSystem

api = HfApi()


def pushes(namespace: str) -> None:
    """New, other splits and configurations, more shards than one, another revision, private."""
    repo = f"{namespace}/pushed"
    train = Dataset.from_dict({"n": list(range(100)), "text": [f"row {n}" for n in range(100)]})
    DatasetDict({"train": train, "test": train.select(range(10))}).push_to_hub(repo, private=True)
    assert api.dataset_info(repo).private
    train.select(range(20)).push_to_hub(repo, config_name="small", num_shards=3)
    train.select(range(5)).push_to_hub(repo, split="validation")
    assert sorted(get_dataset_config_names(repo)) == ["default", "small"]
    assert get_dataset_split_names(repo) == ["train", "test", "validation"]
    assert load_dataset(repo, "small", split="train").num_rows == 20
    shards = [name for name in api.list_repo_files(repo, repo_type="dataset") if name.startswith("small/")]
    assert len(shards) == 3
    before = api.dataset_info(repo).sha
    train.select(range(7)).push_to_hub(repo)
    assert load_dataset(repo, split="train").num_rows == 7
    assert load_dataset(repo, split="train", revision=before).num_rows == 100
    train.select(range(3)).push_to_hub(repo, revision="other")
    assert load_dataset(repo, split="train", revision="other").num_rows == 3
    assert load_dataset(repo, split="train").num_rows == 7
    streamed = load_dataset(repo, split="test", streaming=True).filter(lambda row: row["n"] > 7)
    assert [row["n"] for row in streamed] == [8, 9]


def plain_files(namespace: str) -> None:
    repo = f"{namespace}/plain"
    api.create_repo(repo, repo_type="dataset")
    fs = HfFileSystem()
    root = f"datasets/{repo}"
    with fs.open(f"{root}/data/train.csv", "w") as file:
        file.write("n,text\n" + "".join(f"{n},row {n}\n" for n in range(50)))
    with fs.open(f"{root}/data/test.jsonl", "wb") as file:
        file.write(b'{"n": 1, "text": "x"}\n')
    fs.rm(f"{root}/data/test.jsonl")
    with fs.open(f"{root}/data/test.csv", "w") as file:
        file.write("n,text\n1,x\n")
    assert load_dataset(repo)["train"].num_rows == 50
    assert load_dataset(repo, data_files="data/test.csv", split="train").num_rows == 1
    assert sorted(fs.ls(f"{root}/data", detail=False)) == [f"{root}/data/test.csv", f"{root}/data/train.csv"]
    assert fs.glob(f"{root}/**/*.csv") == [f"{root}/data/test.csv", f"{root}/data/train.csv"]
    assert f"{root}/data/train.csv" in fs.find(root)
    with fs.open(f"{root}/data/train.csv", "rb", block_size=64) as file:
        file.seek(7)
        assert file.read(8) == b"0,row 0\n"
    assert fs.cat_file(f"{root}/data/train.csv", start=0, end=6) == b"n,text"
    details = fs.info(f"{root}/data/train.csv", expand_info=True)
    assert details["last_commit"].oid
    fs.cp_file(f"{root}/data/test.csv", f"{root}/copies/test.csv")
    assert fs.read_text(f"{root}/copies/test.csv") == "n,text\n1,x\n"
    fs.rm(f"{root}/copies", recursive=True)
    assert not fs.exists(f"{root}/copies/test.csv")
    sha = api.dataset_info(repo).sha
    assert fs.exists(f"datasets/{repo}@{sha}/data/train.csv")


def hf_paths(namespace: str) -> None:
    path = f"hf://datasets/{namespace}/pushed/frame.parquet"
    pd.DataFrame({"n": [1, 2, 3]}).to_parquet(path)
    assert pd.read_parquet(path)["n"].tolist() == [1, 2, 3]
    assert pd.read_csv(f"hf://datasets/{namespace}/plain/data/train.csv").shape == (50, 2)
    assert pq.read_table(path.removeprefix("hf://"), filesystem=HfFileSystem()).num_rows == 3


def conversions(namespace: str) -> None:
    """What the hub made of the files, at the address that the library makes of HF_ENDPOINT."""
    ask_system = socket.getaddrinfo

    def resolve(host: Any, *rest: Any, **more: Any) -> Any:
        """No name server knows the viewer's host here."""
        return ask_system(str(host).removeprefix("datasets-server."), *rest, **more)

    socket.getaddrinfo = resolve
    repo = f"{namespace}/plain"
    sha = api.dataset_info(repo).sha
    files = _dataset_viewer.get_exported_parquet_files(repo, sha, None)
    assert [file["split"] for file in files] == ["train", "test"]
    infos = _dataset_viewer.get_exported_dataset_infos(repo, sha, None)
    features = Features({"n": Value("int64"), "text": Value("string")})
    assert Features.from_dict(infos["default"]["features"]) == features
    converted = load_dataset(repo, revision="refs/convert/parquet", split="train")
    assert converted.num_rows == 50
    (ref,) = api.list_repo_refs(repo, repo_type="dataset").converts
    assert ref.ref == "refs/convert/parquet"


if __name__ == "__main__":
    steps = {"files": (pushes, plain_files, hf_paths), "conversions": (conversions,)}
    for step in steps[sys.argv[2]]:
        step(sys.argv[1])
    print("fine")
