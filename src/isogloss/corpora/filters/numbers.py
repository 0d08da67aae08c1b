"""A filter of numbers: the digits, the amounts that they make up, and the months beside them."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence, Set

from isogloss.corpora.filters.amounts import Amount, amounts_of, is_scaled, unmatched
from isogloss.corpora.filters.calendars import Ahead, calendars_of, is_one_year
from isogloss.corpora.filters.filter import Fault, Pair, Unlearned
from isogloss.data.languages import LanguagePair
from isogloss.data.rejects import Reason

_NUMBER = re.compile(r"\d+(?:[.,:\u00a0\u202f'\u066b\u066c\uff0c\uff0e ]?\d+)*")
_MAGNITUDE = re.compile(
    r"\s*(?:[kKmM]\b|hundred|thousand|million|billion|trillion|tausend|hundert|Mio|Mrd|Mill?i"
    r"|mill|bn\b|万|億|兆|千|百|萬|만|억|천|割|분의|분|ألف|مليون|مليار|тыс|млн|млрд|bin\b|milyon|milyar)",
    re.IGNORECASE,
)
"""What follows a number that other languages count in another unit."""

_SHARE = re.compile("割|分の|분의")
"""Shares, which other languages write as percent."""

_HALF_PAST = re.compile(r"(\d{1,2})\s?(?:時|点|點|시\s?)半|(\d{1,2})시\s?반")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
_NAME = "|".join(_MONTHS)
_MONTH = re.compile(rf"\b(?:{_NAME})\b(?=\.? \d|,)|(?<=\bin )(?:{_NAME})\b|(?<=\d )(?:{_NAME})\b")
_COUNTED_MONTH = re.compile(r"(?<![\d.])(\d{1,2})\s?[月월]")


class Numbers(Unlearned):
    """Each side has a number that the other lacks."""

    name = "numbers"

    def __init__(self) -> None:
        self._calendars: list[Ahead] = []

    def fit(self, languages: LanguagePair, pairs: Sequence[Pair]) -> str:
        """Note by which calendars the languages count years; nothing is learned of the pairs."""
        self._calendars = calendars_of(languages)
        return ""

    def judge(self, pairs: Sequence[Pair]) -> list[Fault | None]:
        """Compare digits, however they are grouped; a number that one side spells out is none."""
        return [self._fault(*pair) for pair in pairs]

    def _fault(self, source: str, target: str) -> Fault | None:
        source, target = (_HALF_PAST.sub(_spelled_out, side) for side in (source, target))
        ours, theirs = numbers_of(source), numbers_of(target)
        if not theirs or ours == theirs:
            return None
        if _other_month(source, target):
            return Fault(Reason.NUMBERS, "the month is another")
        if not ours:
            return None
        # "3-4" is two numbers, "3.4" one: compare the digits as a whole too
        if sorted("".join(ours.elements())) == sorted("".join(theirs.elements())):
            return None
        left, right = ours - theirs, theirs - ours
        here = {n for n in left if not any(self._agree(n, other) for other in right)}
        there = {n for n in right if not any(self._agree(other, n) for other in left)}
        if not (here - _counted_apart(source)) or not (there - _counted_apart(target)):
            years = {(n, o) for n in left for o in right if is_one_year(n, o, self._calendars)}
            other = _other_amount(source, target, years)
            return Fault(Reason.NUMBERS, "an amount") if other else None
        shown = [", ".join(sorted(side)[:3]) for side in (here, there)]
        return Fault(Reason.NUMBERS, f"{shown[0]} and {shown[1]}")

    def _agree(self, number: str, other: str) -> bool:
        """Whether a number of the source and one of the target may be one."""
        return _are_one(number, other) or is_one_year(number, other, self._calendars)


def _spelled_out(found: re.Match[str]) -> str:
    return f"{found[1] or found[2]}:30"


def _other_month(source: str, target: str) -> bool:
    """Whether a month by name on one side is another than the one by number on the other."""
    for named, counted in ((source, target), (target, source)):
        months = {_MONTHS.index(name) + 1 for name in _MONTH.findall(named)}
        numbers = {int(number) for number in _COUNTED_MONTH.findall(counted)}
        if len(months) == len(numbers) == 1 and months != numbers:
            return True
    return False


def _other_amount(source: str, target: str, years: Set[tuple[str, str]]) -> bool:
    """Whether each side has one amount that the other lacks, in whatever unit it is counted.

    Years by two calendars, each as source and target count it, are none.
    """
    if _SHARE.search(source) or _SHARE.search(target):
        return False
    if not (is_scaled(source) or is_scaled(target)):
        return False
    ours = _without(amounts_of(source), {ours for ours, _ in years})
    theirs = _without(amounts_of(target), {theirs for _, theirs in years})
    return len(ours) == len(theirs) and (
        len(unmatched(ours, theirs)) == len(unmatched(theirs, ours)) == 1
    )


def _without(amounts: Sequence[Amount], years: Set[str]) -> list[Amount]:
    left_out = [frozenset({float(year)}) for year in years]
    return [amount for amount in amounts if amount not in left_out]


def numbers_of(text: str) -> Counter[str]:
    """The numbers of a text as digits of ASCII, without grouping signs and leading noughts."""
    if not any(map(str.isdigit, text)):
        return Counter()
    return Counter(map(_digits, _NUMBER.findall(text)))


def _digits(number: str) -> str:
    digits = "".join(str(unicodedata.digit(sign)) for sign in number if sign.isdigit())
    return digits.lstrip("0") or "0"


def _counted_apart(text: str) -> set[str]:
    """Numbers of a text with a magnitude behind them: `17 million` may be `1700万`."""
    found = _NUMBER.finditer(text)
    return {_digits(number[0]) for number in found if _MAGNITUDE.match(text, number.end())}


def _are_one(number: str, other: str) -> bool:
    """Whether two numbers are one hour (`2:30`, `14:30`), year (`21`, `2021`) or fraction."""
    short, long = sorted((number, other), key=len)
    if len(short) == 2 and len(long) == 4 and long.endswith(short):
        return True
    if len(long) <= 4 and abs(int(long) - int(short)) in (12, 1200):
        return True
    return len(short) > 1 and long.rstrip("0") == short.rstrip("0")
