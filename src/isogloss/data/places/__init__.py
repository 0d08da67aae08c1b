"""One grammar of places, for every `LANGS=WHERE`, `LANG=WHERE` and `KIND:LANGS=WHERE`.

WHERE is a file, two files with a comma between, `-` for the standard input, a dataset
`hf:NAME[:CONFIG][#SPLIT]`, a corpus `opus:CORPUS/vN`, or a dictionary `dict:FILE`.
"""

from isogloss.data.places.datasets import HubDataset, OpusCorpus, is_hub, parse_hub
from isogloss.data.places.files import (
    COMPRESSED,
    STDIN,
    files_of,
    find_location,
    find_locations,
    without_compression,
)
from isogloss.data.places.named import check_named, named_value
from isogloss.data.places.where import Where, check_graded, parse_graded, parse_where, resolve_place

__all__ = [
    "COMPRESSED",
    "STDIN",
    "HubDataset",
    "OpusCorpus",
    "Where",
    "check_graded",
    "check_named",
    "files_of",
    "find_location",
    "find_locations",
    "is_hub",
    "named_value",
    "parse_graded",
    "parse_hub",
    "parse_where",
    "resolve_place",
    "without_compression",
]
