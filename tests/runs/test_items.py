"""Values per item come back as they were written; a file that cannot be used says so."""

import json

import numpy as np
import pytest

from isogloss.errors import DataFormatError, InputError, MissingFileError
from isogloss.metrics.items import ItemValues
from isogloss.runs.items import ITEMS_FILE, Items, read_items, write_items


def some_items() -> list[Items]:
    cosines = np.array([0.1, 0.5, -0.25], dtype=np.float32)
    facts = ("sts", "de-de", "große.tsv", "0123456789abcdef")
    return [
        Items(*facts, "spearman", "a", cosines, gold=np.array([1.0, 4.5, 0.0])),
        Items(*facts, "pearson", "a", cosines, gold=np.array([1.0, 4.5, 0.0])),
        Items("bitext", "en-de", "b", "f", "xsim_error", "b", np.array([True, False])),
        Items(*facts, "joined", "a", cosines, gold=cosines, pairs=np.array([2**61, 5, 2**61])),
        Items(
            "health", "en-de", "b", "g", "fvu", "b", np.ones(2), None, np.array([2.0, 3.0]), "k:4"
        ),
    ]


def test_items_come_back_as_they_were_written(tmp_path):
    write_items(tmp_path / "run", some_items())
    found = read_items(tmp_path / "run")
    for one, other in zip(some_items(), found, strict=True):
        for name in ("task", "languages", "data", "fingerprint", "metric", "model", "how"):
            assert getattr(one, name) == getattr(other, name)
        for name in ("values", "gold", "weights", "pairs"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
            assert (
                getattr(one, name) is None or getattr(one, name).dtype == getattr(other, name).dtype
            )


def test_equal_arrays_are_written_once(tmp_path):
    write_items(tmp_path, some_items())
    with np.load(tmp_path / ITEMS_FILE, allow_pickle=False) as arrays:
        index = json.loads(arrays["index"].tobytes())
        assert len(arrays.files) == 1 + 6
    assert index[0]["values"] == index[1]["values"]
    assert index[0]["gold"] == index[1]["gold"] != index[0]["values"]
    assert "gold" not in index[2]


def test_no_items_are_a_file_too(tmp_path):
    write_items(tmp_path, [])
    assert read_items(tmp_path) == []


def test_a_run_without_items_says_the_way_out(tmp_path):
    with pytest.raises(MissingFileError, match=r"items\.npz does not exist.*evaluate again"):
        read_items(tmp_path)


@pytest.mark.parametrize("damage", ["text", "cut", "no index", "pickle", "nan", "lengths", "array"])
def test_a_file_that_is_no_such_file_is_refused(tmp_path, damage):
    path = tmp_path / ITEMS_FILE
    write_items(tmp_path, some_items())
    whole = path.read_bytes()
    index = [{name: "x" for name in ("task", "languages", "data", "fingerprint", "metric")}]
    index[0] |= {"model": "m", "how": "", "values": "a0"}
    written = np.frombuffer(json.dumps(index).encode(), dtype=np.uint8)
    if damage == "text":
        path.write_text("no zip", encoding="utf-8")
    elif damage == "cut":
        path.write_bytes(whole[: len(whole) // 2])
    elif damage == "no index":
        np.savez(path, a0=np.ones(2))
    elif damage == "pickle":
        np.savez(path, index=written, a0=np.array([{}], dtype=object))
    elif damage == "nan":
        np.savez(path, index=written, a0=np.array([np.nan]))
    elif damage == "lengths":
        index[0]["gold"] = "a1"
        written = np.frombuffer(json.dumps(index).encode(), dtype=np.uint8)
        np.savez(path, index=written, a0=np.ones(2), a1=np.ones(3))
    else:
        np.save(tmp_path / "x.npy", np.ones(2))
        path.write_bytes((tmp_path / "x.npy").read_bytes())
    with pytest.raises(DataFormatError, match="cannot be read"):
        read_items(tmp_path)


def test_values_that_cannot_be_used_are_refused():
    with pytest.raises(InputError, match="gold of shape"):
        ItemValues(np.ones(2), gold=np.ones(3))
    with pytest.raises(InputError, match="NaN or infinite weights"):
        ItemValues(np.ones(1), weights=np.array([np.inf]))
    with pytest.raises(InputError, match="both gold and weights"):
        ItemValues(np.ones(1), np.ones(1), np.ones(1))
    assert len(ItemValues(np.ones(3))) == 3
