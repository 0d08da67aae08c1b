"""Parquet and hub datasets; the hub is a local folder here, read through the same calls."""

import gzip
import json
from pathlib import Path
from typing import cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from isogloss.data.places import Where, parse_where
from isogloss.data.readers import READERS
from isogloss.data.readers.pair import RawPair
from isogloss.data.rejects import RejectFile
from isogloss.errors import DataFormatError


def read(text: str) -> tuple[list[RawPair], dict[str, int]]:
    where = parse_where(text)
    with RejectFile() as rejects:
        return list(READERS[where.kind](where, rejects)), rejects.counts


@pytest.mark.parametrize(
    "columns",
    [
        {"de": ["eins", "zwei"], "n": [1, 2], "en": ["one", "two"]},
        {"english": ["one", "two"], "non_english": ["eins", "zwei"]},
        {"left": ["one", "two"], "n": [1, 2], "right": ["eins", "zwei"]},
        {"translation": [{"en": "one", "de": "eins"}, {"en": "two", "de": "zwei"}]},
    ],
)
def test_parquet_columns(tmp_path: Path, columns: dict[str, list[object]]) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table(columns), path)
    assert read(f"en-de={path}")[0] == [RawPair(1, "one", "eins"), RawPair(2, "two", "zwei")]


def test_parquet_in_gzip_and_with_nulls(tmp_path: Path) -> None:
    table = pa.table({"a": ["one", None], "b": ["eins", "zwei"], "c": ["x", "y"]})
    pq.write_table(table, tmp_path / "a.parquet")
    packed = tmp_path / "a.parquet.gz"
    packed.write_bytes(gzip.compress((tmp_path / "a.parquet").read_bytes()))
    pairs, rejected = read(f"en-de={packed}?source=a&target=b")
    assert pairs == [RawPair(1, "one", "eins")]
    assert rejected == {"a side is missing": 1}
    with pytest.raises(DataFormatError, match=r"columns 'a', 'b', 'c'.*source=A&target=B"):
        read(f"en-de={packed}")
    with pytest.raises(DataFormatError, match="no column 'z'"):
        read(f"en-de={packed}?source=a&target=z")


def test_what_is_no_parquet_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"one\teins\n")
    with pytest.raises(DataFormatError, match="not a sound Parquet file"):
        read(f"en-de={path}")


def hub_folder(folder: Path, splits: dict[str, list[dict[str, object]]]) -> Path:
    folder.mkdir()
    for split, rows in splits.items():
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{split}.jsonl").write_text(lines, encoding="utf-8")
    return folder


def test_hub_finds_columns_and_split(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"english": "one", "non_english": "eins"},
        {"english": "two", "non_english": None},
    ]
    folder = hub_folder(tmp_path / "set", {"train": rows, "test": rows[:1]})
    pairs, rejected = read(f"en-de=hf:{folder}")
    assert pairs == [RawPair(1, "one", "eins")]
    assert rejected == {"a side is missing": 1}
    assert read(f"en-de=hf:{folder}#test") == ([RawPair(1, "one", "eins")], {})
    assert read(f"de-en=hf:{folder}#test")[0] == [RawPair(1, "eins", "one")]
    with pytest.raises(DataFormatError, match=r"no split 'dev'; it has 'train', 'test'"):
        read(f"en-de=hf:{folder}#dev")


def test_hub_picks_the_configuration_of_the_languages(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    configs = []
    for name in ("en-fr", "uk-en", "en-de"):
        hub_folder(folder / name, {"train": [{"en": f"from {name}", name.strip("en-"): "x"}]})
        configs.append(f"- config_name: {name}\n  data_files: {name}/train.jsonl\n")
    (folder / "README.md").write_text("---\nconfigs:\n" + "".join(configs) + "---\n")
    assert read(f"eng-ukr=hf:{folder}")[0] == [RawPair(1, "from uk-en", "x")]
    assert read(f"hf:{folder}:en-fr")[0] == [RawPair(1, "from en-fr", "x")]
    with pytest.raises(DataFormatError, match="no configuration for en-ja; it has 'en-fr'"):
        read(f"en-ja=hf:{folder}")


def test_hub_failures_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    (tmp_path / "empty").mkdir()
    with pytest.raises(DataFormatError, match="check the files in the folder"):
        read(f"en-de=hf:{tmp_path / 'empty'}")

    def unreachable(*_: object, **__: object) -> None:
        raise ConnectionError("Couldn't reach the Hub\nand a trace")

    monkeypatch.setattr(datasets, "get_dataset_config_names", unreachable)
    with pytest.raises(DataFormatError, match=r"Couldn't reach the Hub\).*the network") as caught:
        read("en-de=hf:owner/name")
    assert "\n" not in str(caught.value)


def test_hub_client_errors_that_are_no_os_error(monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets
    from huggingface_hub.errors import HfHubHTTPError

    client_error = cast(
        type[Exception], next(b for b in HfHubHTTPError.__bases__ if not issubclass(b, OSError))
    )

    def cut_off(*_: object, **__: object) -> None:
        raise client_error("connection cut")

    monkeypatch.setattr(datasets, "get_dataset_config_names", cut_off)
    where: Where = parse_where("en-de=hf:owner/name")
    with pytest.raises(DataFormatError, match="connection cut"):
        next(READERS["hf"](where, RejectFile()))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("train.jsonl", b"", "a file of it is empty"),
        ("train.jsonl", b'{"en": "one", "de', "JSON parse error"),
        ("train.jsonl", b'{"en": "\xfc", "de": "\xfc"}\n', "can't decode"),
        ("train.jsonl.gz", b"\x1f\x8b123", "Compressed file ended"),
        ("train.parquet", b"", "0 bytes"),
    ],
)
def test_a_damaged_folder_of_a_dataset_is_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    where = parse_where(f"en-de=hf:{tmp_path}")
    with pytest.raises(DataFormatError, match=f"cannot be read .*{words}.*check the files") as told:
        list(READERS["hf"](where, RejectFile()))
    assert "\n" not in str(told.value)
    assert caplog.text == ""
