"""Values for some of the places of a run, by a part of their names."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from isogloss.errors import InputError

Value = TypeVar("Value")


def named_value(values: Mapping[str, Value], place: str, default: Value) -> Value:
    """The value of the key that is a part of a place; else the default."""
    return next((value for key, value in values.items() if key in place), default)


def named_among(places: Sequence[str], values: Mapping[str, Value]) -> dict[str, Value]:
    """Those of the values whose key is a part of one of the places."""
    return {key: value for key, value in values.items() if any(key in place for place in places)}


def check_named(what: str, values: Mapping[str, object], places: Sequence[str]) -> None:
    """Refuse keys that name no place, and two that name the same one.

    Args:
        what: key of the values in a recipe, for messages.
        values: by a part of a place.
        places: of the run, as the user wrote them.

    Raises:
        InputError: there is such a key.
    """
    for key in values:
        if not key or not any(key in place for place in places):
            raise InputError(
                f"{what} names {key!r}, which is a part of none of {', '.join(places)}; expected a "
                "part of a place, such as the name of its file or corpus; correct it"
            )
    for place in places:
        found = [key for key in values if key in place]
        if len(found) > 1:
            raise InputError(
                f"{what} names {place!r} twice, by {' and '.join(map(repr, found))}; expected "
                "each place once; write more of its name, or leave one out"
            )
