"""Which scale the scores of a file of graded pairs have: 0-5, or 0-1 where none is above 1."""

from collections.abc import Sequence
from typing import NamedTuple

from isogloss.errors import DataFormatError


class ScoreRange(NamedTuple):
    """Between which scores those of a file lie, as they stand there."""

    path: str
    low: float
    high: float

    @property
    def to_one(self) -> bool:
        """Whether the scale is taken to be 0-1; zeros alone are on any scale."""
        return 0 < self.high <= 1

    @property
    def to_five(self) -> bool:
        """Whether the scale is 0-5."""
        return self.high > 1


def check_one_scale(files: Sequence[ScoreRange]) -> None:
    """Refuse a mix of files on the scales 0-1 and 0-5; a file of zeros fits both.

    Args:
        files: between which scores those of each file lie.

    Raises:
        DataFormatError: the scales are mixed.
    """
    to_one = next((file for file in files if file.to_one), None)
    to_five = next((file for file in files if file.to_five), None)
    if to_one and to_five:
        raise DataFormatError(
            f"{to_one.path} has scores from {to_one.low:g} to {to_one.high:g} and {to_five.path} "
            f"from {to_five.low:g} to {to_five.high:g}; expected one scale in files that are read "
            "together: rescale the scores of the first to 0..5, or, if they are on that scale, put "
            "its rows into a file that has higher ones"
        )
