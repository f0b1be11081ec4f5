"""Loads exported folders with Hugging Face `datasets`, as a user would, and looks at what comes out.

    pip install datasets
    python load_dataset.py FOLDER...
"""

import json
import sys
import tempfile
from pathlib import Path

import datasets


def rows_on_disk(path: Path):
    if path.suffix == ".csv":
        return None
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def without_nulls(value):
    """`datasets` fills absent fields with None."""
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [without_nulls(inner) for inner in value]
    return value


def check(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as cache:
        loaded = datasets.load_dataset(str(folder), cache_dir=cache)
        assert {name: len(rows) for name, rows in loaded.items()} == manifest["kept"]["splits"], folder
        for file in manifest["files"]:
            path = folder / file["path"]
            if path.parent.name != "data":
                continue
            split = path.stem if path.stem in loaded else "train"
            expected = rows_on_disk(path)
            if expected is not None:
                got = [without_nulls(row) for row in loaded[split]]
                assert got == [without_nulls(row) for row in expected], f"{path} is not loaded as it is"
        print(f"{manifest['target']}: {dict(manifest['kept']['splits'])} {loaded['train'].column_names}")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        check(Path(name))
