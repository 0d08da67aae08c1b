"""Half characters (lone surrogates): JSON can spell them, and no UTF-8 file can hold them."""

import re

from isogloss.errors import InputError

SURROGATES = re.compile("[\ud800-\udfff]")


def surrogate_at(text: str) -> int | None:
    """Index of the first half character of a text; None where all are whole."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return error.start
    return None


def check_whole(text: str, what: str) -> None:
    """Refuse a text that holds half a character: no tokenizer reads it, and no file can hold it.

    Args:
        text: any text.
        what: it is called, as "sentence 3".

    Raises:
        InputError: it holds one; tells where.
    """
    at = surrogate_at(text)
    if at is not None:
        raise InputError(
            f"{what} is {text[:80]!a}, with half a character (a lone surrogate) at {at + 1}; "
            "expected whole ones: correct it where it comes from"
        )
