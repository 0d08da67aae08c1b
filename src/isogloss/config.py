"""Settings: frozen dataclasses that check their values; recipes (TOML, `key=value`) into them."""

import dataclasses
import difflib
import functools
import logging
import os
import tomllib
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import pydantic

from isogloss.errors import InputError, IsoglossError, MissingFileError
from isogloss.paths import given_name

logger = logging.getLogger(__name__)

Schema = TypeVar("Schema")

Share = Annotated[float, pydantic.Field(ge=0, lt=1)]
"""A share that leaves something for the rest."""

Part = Annotated[float, pydantic.Field(ge=0, le=1)]
"""A share that may be all."""


def _written_out(place: object) -> object:
    return given_name(place) if isinstance(place, str | os.PathLike) else place


Place = Annotated[str, pydantic.BeforeValidator(_written_out)]
"""A path, with `~` for the home, or what may be one: the name of a model, `LANGS=WHERE`."""

CONFIG = pydantic.ConfigDict(extra="forbid", allow_inf_nan=False)


@typing.dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def settings(place: str = "") -> Callable[[type[Schema]], type[Schema]]:
    """Make a class a frozen dataclass whose values are checked, however it is built.

    Bounds stand in the types (`pydantic.PositiveInt`, `Annotated[float, Field(ge=0)]`); a rule over
    several fields stands in `__post_init__` and raises `InputError`. A class attribute `RENAMED`
    has former keys and what they are called now, for recipes of an earlier version.

    Args:
        place: key of the table that it is in a recipe, for messages: "training.loss".

    Returns:
        The decorator. A value that does not fit raises `InputError`.
    """

    def make(cls: type[Schema]) -> type[Schema]:
        made: Any = pydantic.dataclasses.dataclass(cls, frozen=True, config=CONFIG)
        validate = made.__init__

        @functools.wraps(validate)
        def checked(self: Any, *args: Any, **kwargs: Any) -> None:
            try:
                validate(self, *args, **kwargs)
            except pydantic.ValidationError as error:
                raise explained(error, made, place) from None

        made.__init__ = checked
        return typing.cast(type[Schema], made)

    return make


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
        InputError: a key is unknown (the nearest known one is named) or a value cannot be used.
    """
    try:
        return pydantic.TypeAdapter(schema).validate_python(_normalized(schema, values))
    except pydantic.ValidationError as error:
        raise explained(error, schema) from error


def _normalized(schema: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values by their present keys, with None where they say "none" and there can be none."""
    kinds = typing.get_type_hints(schema)
    found = dict(values)
    for former, key in getattr(schema, "RENAMED", {}).items():
        if former in found and key not in found:
            logger.warning("recipe key %r is called %r now: change it", former, key)
            found[key] = found.pop(former)
    for key, value in list(found.items()):
        kind = kinds.get(key)
        if dataclasses.is_dataclass(_plain(kind)) and isinstance(value, Mapping):
            found[key] = _normalized(_plain(kind), value)
        elif str(value).lower() == "none" and types.NoneType in typing.get_args(kind):
            found[key] = None
    return found


def explained(error: pydantic.ValidationError, schema: Any, place: str = "") -> IsoglossError:
    """What is wrong with some settings, in one line: key, value, what was expected, the way out.

    Args:
        error: of the settings; the first fault is told.
        schema: the dataclass that was to be built.
        place: key of the table that it is in a recipe.
    """
    found = error.errors()
    place_of_first = found[0]["loc"][:-1]
    alike = (e for e in found if e["loc"][: len(place_of_first)] == place_of_first)
    first = max(alike, key=lambda e: len(e["loc"]))  # of a union, the member that came farthest
    own = first.get("ctx", {}).get("error")
    if isinstance(own, IsoglossError):  # a rule over several fields
        return own
    owner, kind, keys = schema, schema, [place] if place else []
    for part in first["loc"]:
        if not dataclasses.is_dataclass(_plain(kind)):
            break  # the rest counts entries of a list, or names members of a union
        owner = _plain(kind)
        name = dataclasses.fields(owner)[part].name if isinstance(part, int) else part
        kind = typing.get_type_hints(owner, include_extras=True).get(name)
        keys.append(name)
    key, value = ".".join(keys), first["input"]
    if first["type"] == "unexpected_keyword_argument":
        names = [field.name for field in dataclasses.fields(owner)]
        hint = _nearest(owner, keys[-1], tuple(keys[:-1]))
        return InputError(
            f"recipe key {key!r} is unknown; expected one of {', '.join(names)}; {hint}"
        )
    if first["type"] == "missing":
        return InputError(f"{key} is missing; expected a value; give one")
    return InputError(f"{key} is {value!r}; expected {_expected(first, kind)}; set another value")


def _expected(error: Any, kind: Any) -> str:
    """What a value should have been."""
    plain, limits = _plain(kind), _limits(kind)
    if dataclasses.is_dataclass(plain):
        return "a table of settings"
    if error["type"] == "literal_error":
        return f"one of {', '.join(map(str, typing.get_args(plain)))}"
    if error["type"] == "value_error":  # a field's own rule
        return str(error["ctx"]["error"])
    if error["type"] == "finite_number" or error["type"].startswith(("greater", "less")):
        if "ge" in limits and "lt" in limits:
            return f"a number from {limits['ge']} up to, but not including, {limits['lt']}"
        if "ge" in limits and "le" in limits:
            return f"a number from {limits['ge']} to {limits['le']}"
        if "gt" in limits:
            return f"a number above {limits['gt']}"
        return f"at least {limits['ge']}" if "ge" in limits else "a finite number"
    message = str(error["msg"]).removeprefix("Input should be ")
    return message.replace("valid tuple", 'list, ["..."]')


def _plain(kind: Any) -> Any:
    """A type without what is said about it, and without None beside it."""
    while typing.get_origin(kind) is Annotated:
        kind = typing.get_args(kind)[0]
    if typing.get_origin(kind) in (types.UnionType, typing.Union):
        others = [each for each in typing.get_args(kind) if each is not types.NoneType]
        return _plain(others[0]) if len(others) == 1 else kind
    return kind


def _limits(kind: Any) -> dict[str, Any]:
    """The bounds that a type has, wherever in it they stand: `ge`, `gt`, `le`, `lt`."""
    found: dict[str, Any] = {}
    for part in typing.get_args(kind):
        for bound in getattr(part, "metadata", [part]):
            found |= {n: getattr(bound, n) for n in ("ge", "gt", "le", "lt") if hasattr(bound, n)}
        found |= _limits(part)
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
