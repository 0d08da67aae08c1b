"""Readers: one format each, equal doors; they stream `RawPair`s and reject what cannot be read."""

from collections.abc import Mapping

from isogloss.data.readers.dictionary import read_dictionary
from isogloss.data.readers.hub import read_hub
from isogloss.data.readers.jsonl import read_jsonl
from isogloss.data.readers.moses import read_moses
from isogloss.data.readers.opus import read_opus
from isogloss.data.readers.pair import RawPair, Reader
from isogloss.data.readers.parquet import read_parquet
from isogloss.data.readers.tmx import read_tmx
from isogloss.data.readers.tsv import read_tsv

READERS: Mapping[str, Reader] = {
    "tsv": read_tsv,
    "moses": read_moses,
    "tmx": read_tmx,
    "jsonl": read_jsonl,
    "parquet": read_parquet,
    "hf": read_hub,
    "opus": read_opus,
    "dict": read_dictionary,
}
"""`Where.kind` to reader."""

__all__ = ["READERS", "RawPair", "Reader"]
