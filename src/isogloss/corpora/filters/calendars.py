"""Calendars of languages that count years from elsewhere: 1979 is 2522 in Thai, 1357 in Persian."""

from isogloss.data.languages import LanguagePair

Ahead = tuple[int, int]
"""Years that the calendars of source and target are ahead of the common one."""

_AHEAD: dict[str, tuple[int, ...]] = {
    "th": (543,),
    **dict.fromkeys(("fa", "ps"), (-621, -622)),
    "ne": (57, 56),
    **dict.fromkeys(("am", "ti"), (-7, -8)),
}
"""By language, two where a year begins within the common one.

Thai Buddhist, Solar Hijri, Vikram Sambat, Ethiopian."""

_YEARS = range(1000, 2101)
"""Of the common calendar, such as texts speak of by number."""


def calendars_of(languages: LanguagePair) -> list[Ahead]:
    """Where two languages may count years apart; the common calendar is known in all of them."""
    source, target = ((0, *_AHEAD.get(code.partition("-")[0], ())) for code in languages)
    # apart by one are two readings of one calendar: another year
    return [(here, there) for here in source for there in target if abs(here - there) > 1]


def is_one_year(number: str, other: str, calendars: list[Ahead]) -> bool:
    """Whether a number of the source and one of the target are a year of two calendars.

    Args:
        number: digits of ASCII.
        other: likewise.
        calendars: from `calendars_of`.

    Example:
        >>> is_one_year("1979", "2522", calendars_of(LanguagePair("en", "th")))
        True
    """
    if not calendars or not len(number) == len(other) == 4:
        return False
    year, its = int(number), int(other)
    return any(year - here == its - there in _YEARS for here, there in calendars)
