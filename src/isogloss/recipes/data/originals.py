"""What is translated, and what it comes to."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Original:
    """A row that is translated.

    Attributes:
        number: in the file, from 1.
        texts: one, or the two sentences of a graded pair.
        score: of a graded pair, as it stands in the file; empty of a text.
    """

    number: int
    texts: tuple[str, ...]
    score: str = ""


@dataclass(frozen=True)
class Estimate:
    """What a translation comes to.

    Attributes:
        rows: in the file.
        texts: distinct ones, each translated once.
        done: of these, how many an earlier run left in the cache, of a server's.
        characters: of those that are not done.
        tokens_in: that a server reads for them, about.
        tokens_out: that it writes, about.
        price: for both; None where no price was given, or no server asks for one.
    """

    rows: int
    texts: int
    done: int
    characters: int
    tokens_in: int
    tokens_out: int
    price: float | None
