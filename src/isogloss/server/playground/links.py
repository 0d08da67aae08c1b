"""A page's state as the query of its address, and back."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

LONGEST = 8_000
"""Characters of an address that every browser and proxy takes."""


class State(NamedTuple):
    """What a visitor has filled in.

    Attributes:
        tab: similarity or search.
        model: student or teacher.
        sentences: the text of the box with sentences.
        query: the sentence that is searched for.
    """

    tab: str = "similarity"
    model: str = "student"
    sentences: str = ""
    query: str = ""


def as_link(state: State) -> str:
    """The query of an address, `?tab=...`; `""` where it would be too long."""
    given = {key: value for key, value in state._asdict().items() if value}
    link = f"?{urlencode(given)}"
    return link if len(link) <= LONGEST else ""


def from_query(query: Mapping[str, str]) -> State | None:
    """The state that an address restores; None: it has none."""
    known = {key: query[key][:LONGEST] for key in State._fields if key in query}
    if not known:
        return None
    state = State(**known)
    tab = state.tab if state.tab in ("similarity", "search") else "similarity"
    model = state.model if state.model in ("student", "teacher") else "student"
    return state._replace(tab=tab, model=model)
