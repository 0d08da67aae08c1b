"""Corpora that were fetched: where the cache keeps them, for who fetches and for who reads."""

import json
from pathlib import Path

from isogloss.data.languages import LanguagePair
from isogloss.writing import cache_folder

HUB_ENTRY = "fetched.json"
"""In the folder of a dataset's languages: which revision of it is the one to read."""


def corpora_folder() -> Path:
    """`$ISOGLOSS_CACHE/corpora`, or `~/.cache/isogloss/corpora`.

    Raises:
        OutputFolderError: neither is known.
    """
    return cache_folder("corpora", "fetched corpora")


def opus_file(corpus: str, version: str, languages: LanguagePair) -> Path:
    """The Moses archive of a corpus of OPUS, the same in both directions; it may not be there."""
    pair = "-".join(sorted(languages))
    return corpora_folder() / "opus" / corpus / version / f"{pair}.zip"


def hub_place(name: str, config: str | None, languages: LanguagePair) -> Path:
    """The folder of what was fetched of a hub dataset; it may not be there."""
    owner, _, rest = name.rpartition("/")
    return corpora_folder() / "hub" / (owner or "-") / rest / (config or str(languages))


def hub_copy(name: str, config: str | None, languages: LanguagePair) -> Path | None:
    """The fetched copy of a hub dataset for a pair of languages, whole; None where there is none.

    Args:
        name: the dataset's name on the hub.
        config: the configuration that was named, if one was.
        languages: the pair.
    """
    place = hub_place(name, config, languages)
    try:
        entry = json.loads((place / HUB_ENTRY).read_text("utf-8"))
        copy = place / str(entry["revision"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return copy if copy.is_dir() else None
