"""Two line-aligned text files, as the Moses toolkit and OPUS have them."""

from collections.abc import Iterator
from itertools import zip_longest

from isogloss.data.places import Where
from isogloss.data.readers.opening import decode_line, read_lines
from isogloss.data.readers.pair import RawPair
from isogloss.data.rejects import RejectFile
from isogloss.errors import DataFormatError


def read_moses(where: Where, rejects: RejectFile) -> Iterator[RawPair]:
    """Read line i of one file with line i of the other.

    Args:
        where: two files, source first, compressed or not.
        rejects: told of pairs with a line that is not UTF-8.

    Yields:
        Pairs numbered by line.

    Raises:
        DataFormatError: the files differ in their number of lines (known at the end; nothing is cut
            off in silence). Blank lines that one file has more at its end are no difference.
    """
    first, second = where.locations
    return pair_lines(read_lines(first), read_lines(second), (first, second), rejects)


def pair_lines(
    first: Iterator[bytes], second: Iterator[bytes], names: tuple[str, str], rejects: RejectFile
) -> Iterator[RawPair]:
    """Pair line i of one side with line i of the other; see `read_moses`.

    Args:
        first: undecoded lines of the source side.
        second: those of the target side.
        names: what to call the sides in an error.
        rejects: told of pairs with a line that is not UTF-8.
    """
    counts, blanks = [0, 0], 0
    for number, (one, other) in enumerate(zip_longest(first, second), start=1):
        counts[0] += one is not None
        counts[1] += other is not None
        if one is None or other is None:
            blanks += not (one or other or b"").strip()
            continue
        # The tab ends an incomplete sequence: the line with both decodes exactly if each side does.
        if decode_line(one + b"\t" + other, number, rejects) is not None:
            yield RawPair(number, one.decode("utf-8"), other.decode("utf-8"))
    if abs(counts[0] - counts[1]) > blanks:
        raise DataFormatError(
            f"{names[0]} has {counts[0]:,} lines but {names[1]} has {counts[1]:,}; "
            "expected as many; the files are not aligned or one is incomplete: fetch both again"
        )
