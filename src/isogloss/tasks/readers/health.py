"""Sentences for the health task: translations, or those of an STS file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from isogloss.data.graded.reader import graded_rows, looks_graded
from isogloss.data.graded.sts import sts_data
from isogloss.data.places import Where
from isogloss.data.text import plain_suffix, read_lines, text_fingerprint
from isogloss.errors import InputError
from isogloss.tasks.readers.bitext import UNKNOWN, Languages, bitext_of, files_place, read_bitext


@dataclass(frozen=True)
class HealthData:
    """Sentences the teacher knows, with their translations where there are any.

    Args:
        source: sentences in the teacher's language, `(n,)`.
        target: their translations, `(n,)`; `None` if the data hold none.
        dropped: rows left out when reading, by reason.

    Raises:
        InputError: if the sides have different lengths.
    """

    source: Sequence[str]
    target: Sequence[str] | None = None
    dropped: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.target is not None and len(self.source) != len(self.target):
            raise InputError(
                f"{len(self.source)} source and {len(self.target)} target sentences; expected as"
                " many of each; give one translation per sentence"
            )

    def __len__(self) -> int:
        return len(self.source)

    def fingerprint(self) -> str:
        """Hash of both sides."""
        return text_fingerprint(self.source, self.target or ())


def read_health(
    source: Path | str | Where, target: Path | str | None = None, *, languages: Languages = UNKNOWN
) -> HealthData:
    """Read sentences for the health task from translations or from an STS file.

    Args:
        source: as `read_bitext`; or an STS file, whose sentences are no translations of one
            another: then all of its distinct sentences are source sentences, and there is no target
            side.
        target: the second of two line-aligned files.
        languages: as `read_bitext`.

    Returns:
        The sentences.

    Raises:
        MissingFileError: if a file does not exist.
        DataFormatError: if a file cannot be read as translations or STS pairs.
    """
    if target is not None or (isinstance(source, Where) and source.kind != "tsv"):
        pairs = read_bitext(source, target, languages=languages)
        return HealthData(pairs.source, pairs.target, pairs.dropped)
    where = source if isinstance(source, Where) else files_place(source, languages=languages)
    path = Path(where.locations[0])
    lines = read_lines(path)  # once: a pipe cannot be read again
    if where.columns is None and (plain_suffix(path) == ".csv" or looks_graded(lines)):
        graded = sts_data(graded_rows(path, lines), path)
        sentences = dict.fromkeys([*graded.sentences1, *graded.sentences2])
        return HealthData(list(sentences), None, graded.dropped)
    pairs = bitext_of(where, lines)
    return HealthData(pairs.source, pairs.target, pairs.dropped)
