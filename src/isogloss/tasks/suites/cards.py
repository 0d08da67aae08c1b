"""The cards of the suites, from `suites.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from importlib.resources import files
from typing import Any

from isogloss.tasks.suites.card import Beside, HubPlace, Layout, Subset, SuiteCard


def _read() -> dict[str, SuiteCard]:
    """All cards by name, in the order of the file."""
    text = files("isogloss.tasks.suites").joinpath("suites.toml").read_text(encoding="utf-8")
    tables: dict[str, dict[str, Any]] = tomllib.loads(text)
    return {
        name: _card(name, tables.get(own.get("like", ""), {}) | own) for name, own in tables.items()
    }


def _card(name: str, table: Mapping[str, Any]) -> SuiteCard:
    made: dict[str, Any] = {
        "name": name,
        "subsets": _subsets(table),
        "layout": _layout(table["layout"]),
        "beside": tuple(
            Beside(one["name"], _layout(one), one["note"]) for one in table.get("beside", ())
        ),
        "hub": HubPlace(**table["hub"]) if "hub" in table else None,
        "statistics": tuple(table.get("statistics", ["spearman"])),
    }
    said = {field.name for field in fields(SuiteCard)} - made.keys()
    return SuiteCard(**made, **{key: value for key, value in table.items() if key in said})


def _subsets(table: Mapping[str, Any]) -> tuple[Subset, ...]:
    sizes, tracks = _numbered(table, "sizes"), _numbered(table, "tracks")
    subsets = []
    for name in table["sets"].split():
        first, _, second = name.partition("/")
        size = int(sizes[name]) if name in sizes else table.get("size")
        subsets.append(Subset(first, second or first, size, tracks.get(name, "")))
    return tuple(subsets)


def _numbered(table: Mapping[str, Any], key: str) -> dict[str, str]:
    """`SET:NUMBER` by set."""
    pairs = (entry.rpartition(":") for entry in table.get(key, "").split())
    return {name: number for name, _, number in pairs}


def _layout(table: Mapping[str, Any]) -> Layout:
    names = tuple(map(tuple, table["files"]))
    return Layout(tuple(table["folders"]), names, table.get("either_order", False))


SUITES = _read()
"""Name to card."""
