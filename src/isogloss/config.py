"""Recipes: TOML and `key=value` into the frozen dataclasses that are the code's own schema."""

import dataclasses
import difflib
import tomllib
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from isogloss.errors import InputError, IsoglossError, MissingFileError

Schema = TypeVar("Schema")


def read_toml(path: Path) -> dict[str, Any]:
    """A recipe file as nested dictionaries.

    Raises:
        MissingFileError: there is no such file.
        InputError: it is not TOML; names the line. A byte order mark is no fault.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise MissingFileError(
            f"recipe {str(path)!r} does not exist; expected a TOML file; check the path"
        ) from error
    except OSError as error:
        raise InputError(
            f"recipe {str(path)!r} cannot be read ({error.strerror}); expected a TOML file; check "
            "the path"
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"recipe {str(path)!r} is not UTF-8 ({error.reason} at byte {error.start}); expected "
            "TOML in UTF-8; save it so (where it is UTF-16: iconv -f UTF-16 -t UTF-8)"
        ) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(
            f"recipe {str(path)!r} is not TOML: {error}; correct that place"
        ) from error


def parse_assignments(assignments: Sequence[str]) -> dict[str, Any]:
    """`["training.epochs=2", "seed=1"]` as nested dictionaries.

    Values are read as TOML (numbers, true, false, [lists]); what is no TOML is a string.

    Raises:
        InputError: an assignment has no '='.
    """
    nested: dict[str, Any] = {}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals or not key.strip():
            lacking = "key" if equals else "'='"
            raise InputError(
                f"setting {assignment!r} has no {lacking}; expected key=value, for example "
                "training.epochs=2"
            )
        place = nested
        *path, last = key.strip().split(".")
        for name in path:
            inner = place.setdefault(name, {})
            if not isinstance(inner, dict):
                raise InputError(
                    f"setting {assignment!r} goes into {name!r}, which another setting makes "
                    f"{inner!r}; expected a table of settings; leave one of them out"
                )
            place = inner
        place[last] = _value(text.strip())
    return nested


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        return text


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Nested dictionaries, the second winning."""
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = merge(merged[key], value) if both else value
    return merged


def build_config(schema: type[Schema], values: Mapping[str, Any]) -> Schema:
    """Nested dictionaries as nested dataclasses, with every key and type checked.

    Args:
        schema: a dataclass; fields may be dataclasses themselves.
        values: only what differs from the defaults; "none" is None wherever that is allowed, since
            TOML has no word for it.

    Raises:
        InputError: a key is unknown (the nearest known one is named) or a value is of the wrong
            type.
    """
    import pydantic

    known = _known(schema, values, ())
    try:
        return pydantic.TypeAdapter(schema).validate_python(known)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        reason = first.get("ctx", {}).get("error")
        if isinstance(reason, IsoglossError):  # a schema's own check of its values
            raise reason from error
        place = ".".join(str(part) for part in first["loc"])
        message = first["msg"].lower().replace("valid tuple", 'list, ["..."]')
        raise InputError(
            f"recipe key {place!r} is {first['input']!r}; {message}; correct it in "
            f"the recipe or with --set {place}=..."
        ) from error


def _known(schema: Any, values: Mapping[str, Any], place: tuple[str, ...]) -> dict[str, Any]:
    """The values, once every key is known, with None where they say "none"."""
    kinds = typing.get_type_hints(schema)
    names = [field.name for field in dataclasses.fields(schema)]
    found = {}
    for key, value in values.items():
        if key not in names:
            hint = _nearest(schema, key, place)
            raise InputError(
                f"recipe key {'.'.join((*place, key))!r} is unknown; expected one of "
                f"{', '.join(names)}; {hint}"
            )
        found[key] = value
        if dataclasses.is_dataclass(kinds[key]):
            if not isinstance(value, Mapping):
                raise InputError(
                    f"recipe key {'.'.join((*place, key))!r} is {value!r}; expected a table of "
                    "settings"
                )
            found[key] = _known(kinds[key], value, (*place, key))
        elif str(value).lower() == "none" and types.NoneType in typing.get_args(kinds[key]):
            found[key] = None
    return found


def _nearest(schema: Any, key: str, place: tuple[str, ...]) -> str:
    """The way out: the known key, here or in a table below, whose last part is nearest."""
    dotted = {name.rpartition(".")[2]: name for name in reversed(_all_keys(schema))}
    close = difflib.get_close_matches(key, dotted, n=1, cutoff=0.5)
    return f"did you mean {'.'.join((*place, dotted[close[0]]))!r}?" if close else "leave it out"


def _all_keys(schema: Any) -> list[str]:
    """Keys of a schema, its own before those of its tables, as `training.epochs`."""
    kinds = typing.get_type_hints(schema)
    own = [field.name for field in dataclasses.fields(schema)]
    tables = [name for name in own if dataclasses.is_dataclass(kinds[name])]
    return own + [f"{name}.{key}" for name in tables for key in _all_keys(kinds[name])]
