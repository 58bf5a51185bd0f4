"""A dataset in the vocabulary of Croissant 1.0 (JSON-LD): its Parquet files and their columns. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from models_app.repositories.models import Repository
from models_app.viewer.columns import is_list, media_type
from models_app.viewer.models import ConvertedSplit

CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "key": "cr:key",
    "recordSet": "cr:recordSet",
    "repeated": "cr:repeated",
    "source": "cr:source",
    "subField": "cr:subField",
}
TYPES = {"bool": "sc:Boolean", "string": "sc:Text", "large_string": "sc:Text"}


def describe(repository: Repository, splits: Sequence[ConvertedSplit], address: str) -> dict[str, Any]:
    ready = [split for split in splits if split.is_ready]
    configs = list(dict.fromkeys(split.config for split in ready))
    found: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": repository.name,
        "alternateName": [repository.full_id],
        "description": repository.summary,
        "url": address,
        "creator": {"@type": "Organization", "name": repository.namespace.name},
        "distribution": [source(address), *(files_of(config) for config in configs)],
        "recordSet": [
            records_of(config, next(split for split in ready if split.config == config)) for config in configs
        ],
    }
    return found | ({"license": repository.licence} if repository.licence else {})


def source(address: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": "repo",
        "name": "repo",
        "description": "The git repository, at its Parquet files.",
        "contentUrl": f"{address}/tree/{quote('refs/convert/parquet', safe='')}",
        "encodingFormat": "git+https",
    }


def files_of(config: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": f"parquet-files-for-config-{config}",
        "containedIn": {"@id": "repo"},
        "encodingFormat": "application/x-parquet",
        "includes": f"{config}/*/*.parquet",
    }


def records_of(config: str, split: ConvertedSplit) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": config,
        "name": config,
        "field": [field_of(config, name, feature) for name, feature in split.columns.items()],
    }


def field_of(config: str, name: str, feature: Any) -> dict[str, Any]:
    inner = feature.get("feature") if is_list(feature) and isinstance(feature, dict) else feature
    return {
        "@type": "cr:Field",
        "@id": f"{config}/{name}",
        "dataType": type_of(inner),
        "source": {
            "fileSet": {"@id": f"parquet-files-for-config-{config}"},
            "extract": {"column": name},
        },
        **({"repeated": True} if is_list(feature) else {}),
    }


def type_of(feature: Any) -> str:
    if media_type(feature) == "Image":
        return "sc:ImageObject"
    if media_type(feature):
        return f"sc:{media_type(feature)}Object"
    dtype = str(feature.get("dtype", "")) if isinstance(feature, dict) else ""
    if dtype.startswith(("int", "uint")) or (
        isinstance(feature, dict) and feature.get("_type") == "ClassLabel"
    ):
        return "cr:Int64"
    if dtype.startswith("float"):
        return "cr:Float64"
    if dtype.startswith(("date", "timestamp")):
        return "sc:Date"
    return TYPES.get(dtype, "sc:Text")
