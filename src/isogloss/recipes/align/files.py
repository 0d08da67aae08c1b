"""Pairs as a file: TSV, or a translation memory."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from isogloss.data.languages import LanguagePair
from isogloss.errors import InputError
from isogloss.paths import given_path
from isogloss.recipes.files import check_file
from isogloss.runs.provenance import code_version
from isogloss.search.documents.pairs import AlignedPair
from isogloss.search.documents.tmx import tmx_lines
from isogloss.writing import tsv_line, write_lines


def check_out(
    out: Path | str,
    languages: LanguagePair | None,
    sides: Sequence[Path | str] = (),
    *,
    line_numbers: bool = False,
) -> Path:
    """Refuse a file that cannot be written, before anything is computed.

    Args:
        out: the file.
        languages: of the two sides, as far as they are known.
        sides: files that are read, or folders of them.
        line_numbers: whether it is to have them.

    Raises:
        InputError: it is neither TSV nor TMX; a TMX lacks its languages, or has no place for line
            numbers.
        OutputFolderError: its name is none, or that of a folder, or it is read as well.
    """
    out = check_file(out, ".tsv", ".tmx", read=sides)
    place = out.resolve()
    if place.is_file() and any(given_path(side).resolve() in place.parents for side in sides):
        check_file(out, read=[place])
    if out.suffix.lower() == ".tmx" and languages is None:
        raise InputError(
            f"--out {str(out)!r} names the languages of its sentences, and the files' names do "
            "not tell them; expected both; add --languages en-de"
        )
    if out.suffix.lower() == ".tmx" and line_numbers:
        raise InputError(
            f"--out {str(out)!r} has no place for line numbers; expected a name that ends in .tsv; "
            "take one, or leave --line-numbers out"
        )
    return out


def write_pairs(
    out: Path,
    pairs: Sequence[AlignedPair],
    languages: LanguagePair | None,
    *,
    line_numbers: bool,
) -> None:
    """Write pairs, whole or not at all.

    Args:
        out: a `.tsv` or `.tmx` file; an existing one is replaced.
        pairs: in the order of their rows.
        languages: of the two sides; TMX needs them.
        line_numbers: whether TSV has them.

    Raises:
        OutputFolderError: it cannot be written.
    """
    if out.suffix.lower() == ".tmx":
        assert languages is not None
        lines: Iterable[str] = tmx_lines(pairs, languages, code_version())
    else:
        lines = _tsv_lines(pairs, line_numbers=line_numbers)
    write_lines(out, lines)


def _tsv_lines(pairs: Sequence[AlignedPair], *, line_numbers: bool) -> Iterator[str]:
    for pair in pairs:
        cells = [f"{pair.score:.4f}", pair.source, pair.target]
        yield tsv_line(*cells, *[pair.source_lines, pair.target_lines] * line_numbers)
