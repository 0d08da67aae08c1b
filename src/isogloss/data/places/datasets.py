"""Datasets of the Hugging Face hub and corpora of OPUS as places."""

import os
import re
from pathlib import Path
from typing import NamedTuple

from isogloss.errors import InputError, MissingFileError
from isogloss.paths import given_name

_HUB_NAME = re.compile(r"[\w.-]+(?:/[\w.-]+)?")
_OPUS = re.compile(r"opus:(?P<corpus>\w[\w.-]*)/(?P<version>v[\w.-]+)")


class HubDataset(NamedTuple):
    """A dataset as `hf:NAME[:CONFIG][#SPLIT]` names it.

    Attributes:
        name: the dataset, or the folder of a local one.
        config: its configuration; None where none is named.
        split: its split; None where none is named.
    """

    name: str
    config: str | None = None
    split: str | None = None

    @property
    def is_local(self) -> bool:
        """Whether it is a folder of this machine."""
        return os.path.isdir(self.name)


def is_hub(place: str) -> bool:
    """Whether a place is a dataset: `hf:NAME[:CONFIG][#SPLIT]`."""
    return place.startswith("hf:")


def parse_hub(place: str, text: str) -> HubDataset:
    """Read `hf:NAME[:CONFIG][#SPLIT]`.

    Args:
        place: the place; a folder is one that starts with `.` or `/`, or is there.
        text: the whole argument, for messages.

    Raises:
        InputError: the name cannot be that of a dataset.
        MissingFileError: a folder is not there.
    """
    place, _, split = place.removeprefix("hf:").partition("#")
    place = given_name(place)
    name, config = place, ""
    if not os.path.isdir(place) and ":" in place:
        name, _, config = place.rpartition(":")
    dataset = HubDataset(name, config or None, split or None)
    if name.startswith((".", "/")) and not dataset.is_local:
        raise MissingFileError(
            f"no folder {name!r} (looked from {Path.cwd()}); check the path in {text!r}"
        )
    if not dataset.is_local and not _HUB_NAME.fullmatch(name):
        raise InputError(
            f"{text}: {name!r} is no dataset name; expected 'hf:owner/name' or 'hf:./folder'"
        )
    return dataset


class OpusCorpus(NamedTuple):
    """A corpus of OPUS as `opus:CORPUS/vN` names it.

    Attributes:
        name: the corpus.
        version: its release.
    """

    name: str
    version: str


def is_opus(place: str) -> bool:
    """Whether a place is a corpus of OPUS: `opus:CORPUS/vN`."""
    return place.startswith("opus:")


def parse_opus(place: str, text: str) -> OpusCorpus:
    """Read `opus:CORPUS/vN`.

    Args:
        place: the place.
        text: the whole argument, for messages.

    Raises:
        InputError: it has no such form.
    """
    found = _OPUS.fullmatch(place)
    if found is None:
        raise InputError(
            f"{text}: {place!r} is no corpus of OPUS; expected 'opus:CORPUS/vN', as in "
            "'opus:TED2020/v1'"
        )
    return OpusCorpus(found["corpus"], found["version"])
