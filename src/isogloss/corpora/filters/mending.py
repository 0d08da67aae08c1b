"""What is mended before pairs are judged: text in a wrong encoding, tags and entities."""

import html
import re
from collections.abc import Callable, Mapping

from isogloss.corpora.filters.filter import importing
from isogloss.data.cleaning import tidy

Mender = Callable[[str], str]


_TAG = re.compile(
    r"</?(?:i|b|u|s|em|strong|font|span|p|br|a|div|sup|sub|small|big|tt|code|hr|li|ul|ol|td|tr)"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_STYLE = re.compile(r"\{\\[^{}]*\}")
"""Placing and italics of subtitles, `{\\an8}`."""
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8});")
_SPACES = re.compile(r" {2,}")
_MOJIBAKE = re.compile(r"[\u0080-\u00ff\u0152-\u0178\u02c6\u02dc\u2013-\u2122]{2}")
"""Two letters in a row of those that UTF-8 becomes when it is read as Western text."""


def mend_encoding(text: str) -> str:
    """Text that was saved in the wrong encoding, as it was meant: `schÃ¶n` is `schön`."""
    if text.isascii() or not _MOJIBAKE.search(text):
        return text
    with importing("encoding", "ftfy"):
        import ftfy
    mended: str = ftfy.fix_encoding(text)
    return mended


def mend_markup(text: str) -> str:
    """Text without tags of HTML and subtitles, entities spelled out."""
    if "<" not in text and "&" not in text and "{\\" not in text:
        return text
    plain = _STYLE.sub("", _TAG.sub(" ", text))
    if _ENTITY.search(plain):
        plain = tidy(html.unescape(plain))
    return text if plain == text else _SPACES.sub(" ", plain).strip()


MENDERS: Mapping[str, Mender] = {"encoding": mend_encoding, "markup": mend_markup}
"""What is mended, in this order, by its name."""
