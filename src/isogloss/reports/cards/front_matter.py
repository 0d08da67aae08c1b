"""The YAML head of a model card, written without a YAML library.

The hub's own form needs no more than strings and lists of strings. A string stands plain only where
no YAML reader, old or new, could take it for anything else (`no` is Norwegian, not false).
"""

import re
from collections.abc import Mapping, Sequence

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
_NOT_STRINGS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def front_matter(fields: Mapping[str, str | Sequence[str]]) -> str:
    """Write a YAML head.

    Args:
        fields: strings or lists of strings by key, in order; empty ones are left out.

    Returns:
        The head between its `---` lines, without a line break at the end.

    Example:
        >>> print(front_matter({"language": ["en", "no"], "base_model": "owner/name"}))
        ---
        language:
        - en
        - "no"
        base_model: owner/name
        ---
    """
    lines = ["---"]
    for key, value in fields.items():
        if isinstance(value, str):
            lines += [f"{key}: {scalar(value)}"] if value else []
        elif value:
            lines += [f"{key}:", *(f"- {scalar(item)}" for item in value)]
    return "\n".join([*lines, "---"])


def scalar(text: str) -> str:
    """A string as YAML: plain where that is safe, else in double quotes."""
    if _PLAIN.fullmatch(text) and text.lower() not in _NOT_STRINGS:
        return text
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    return letter if letter.isprintable() else f"\\U{ord(letter):08X}"


def language_fields(codes: Sequence[str]) -> dict[str, list[str]]:
    """Languages as the hub wants them.

    Args:
        codes: BCP 47 codes.

    Returns:
        `language`: primary subtags only, which is what the hub accepts there; `language_bcp47`: the
        full codes, where any of them says more.
    """
    primary = list(dict.fromkeys(code.partition("-")[0].lower() for code in codes))
    fields = {"language": primary}
    if any("-" in code for code in codes):
        fields["language_bcp47"] = list(codes)
    return fields
