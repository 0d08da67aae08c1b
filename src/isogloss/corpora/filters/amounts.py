"""What numbers amount to with the words behind them: `250 million`, `2億5000万`, `1,5 Mio.`"""

import re
import unicodedata
from collections.abc import Sequence
from math import isclose

Amount = frozenset[float]
"""What an amount may be: a comma may be decimal, and a billion has nine zeros or twelve."""

_WORDS: dict[tuple[str, ...], tuple[float, ...]] = {
    ("hundred", "hundert"): (1e2,),
    ("thousand", "tausend", "mille", "mil", "ألف", "тыс", "тисяч", "тысяч", "천"): (1e3,),
    ("bin", "k"): (1, 1e3),
    ("million", "mio", "milyon", "millón", "millones", "miljoen", "مليون", "млн"): (1e6,),
    ("m",): (1, 1e6),
    ("milliard", "mrd", "milyar", "miljard", "مليار", "млрд"): (1e9,),
    ("billion", "bn"): (1e9, 1e12),
    ("trillion", "trilyon"): (1e12, 1e18),
    ("만",): (1e4,),
    ("억",): (1e8,),
    ("조",): (1e12,),
}
_SCALES = {word: scales for words, scales in _WORDS.items() for word in words}
_SMALL = {"十": 1e1, "百": 1e2, "千": 1e3}
_LARGE = {"万": 1e4, "萬": 1e4, "億": 1e8, "亿": 1e8, "兆": 1e12}

_DIGITS = r"\d+(?:[.,\u00a0\u202f'\u066b\u066c\uff0c\uff0e]\d+)*"
_HAN = (
    rf"{_DIGITS}(?:[十百千]?[万萬億亿兆]|[十百千])(?:{_DIGITS}(?:[十百千]?[万萬億亿兆]|[十百千])?)*"
)
_WORD = "|".join(sorted(map(re.escape, _SCALES), key=len, reverse=True))
_AMOUNT = re.compile(
    rf"(?P<han>{_HAN})|(?P<number>{_DIGITS})(?:\s*(?P<word>{_WORD})(?:en|e|s|es)?(?![^\W\d_]))?",
    re.IGNORECASE,
)
_HAN_PART = re.compile(rf"({_DIGITS})([十百千]?)([万萬億亿兆]?)")


def amounts_of(text: str) -> list[Amount]:
    """The amounts of a text, plain numbers among them, in order.

    Example:
        >>> [sorted(amount) for amount in amounts_of("2億5000万, or 250 million")]
        [[250000000.0], [250000000.0]]
    """
    return [_amount(found) for found in _AMOUNT.finditer(text)]


def is_scaled(text: str) -> bool:
    """Whether a text has an amount with a word behind its digits."""
    return any(found["han"] or found["word"] for found in _AMOUNT.finditer(text))


def unmatched(amounts: Sequence[Amount], others: Sequence[Amount]) -> list[Amount]:
    """The amounts that the other side lacks."""
    return [each for each in amounts if not any(_are_equal(each, other) for other in others)]


def _are_equal(amount: Amount, other: Amount) -> bool:
    return any(isclose(a, b, rel_tol=1e-6) for a in amount for b in other)


def _amount(found: re.Match[str]) -> Amount:
    if found["han"]:
        parts = _HAN_PART.findall(found["han"])
        scaled = [
            {value * _SMALL.get(small, 1) * _LARGE.get(large, 1) for value in _values(number)}
            for number, small, large in parts
        ]
        return frozenset({sum(map(min, scaled)), sum(map(max, scaled))})
    scales = _SCALES.get((found["word"] or "").lower(), (1,))
    return frozenset(value * scale for value in _values(found["number"]) for scale in scales)


def _values(number: str) -> set[float]:
    """What a number may be: its last sign groups thousands, or parts the whole from the rest."""
    digits = "".join(str(unicodedata.digit(c)) if c.isdigit() else "." for c in number)
    whole, sign, rest = digits.rpartition(".")
    values = {float(digits.replace(".", ""))}
    return values | {float(f"{whole.replace('.', '')}.{rest}")} if sign else values
