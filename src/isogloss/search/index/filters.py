"""Conditions on what is known of a document: `language=de,fr`, `year>=2020`.

One grammar for both engines: a condition becomes an Arrow expression for one, SQL for the other.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from isogloss.errors import InputError, did_you_mean
from isogloss.search.index.documents import VECTOR

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.compute as pc

Operator = Literal["in", "not in", "<", "<=", ">", ">="]
_WRITTEN: dict[str, Operator] = {
    **{"=": "in", "!=": "not in"},
    **{"<": "<", "<=": "<=", ">": ">", ">=": ">="},
}
_SHAPE = re.compile(r"\s*([^=!<>]+?)\s*(!=|<=|>=|=|<|>)(.*)", re.DOTALL)


class Condition(NamedTuple):
    """What a column of a document must hold.

    Attributes:
        column: its name.
        operator: `in` and `not in` compare with several values, the others with one. A document
            without a value is `not in` any.
        values: what it is compared with.
    """

    column: str
    operator: Operator
    values: Sequence[Any]


Conditions = Sequence[Condition]
"""All of them must hold; none is no condition."""


def parse_condition(text: str) -> Condition:
    """Read a condition.

    Args:
        text: `COLUMN=VALUE`, `COLUMN=VALUE,VALUE` (one of them), `!=`, `<`, `<=`, `>`, `>=`.

    Raises:
        InputError: it has no such form.

    Example:
        >>> parse_condition("language=de,fr")
        Condition(column='language', operator='in', values=['de', 'fr'])
    """
    found = _SHAPE.fullmatch(text)
    if found is None:
        raise InputError(
            f"--where {text!r} is no condition; expected COLUMN=VALUE, or !=, <, <=, >, >= in "
            "place of =, such as language=de,fr or year>=2020"
        )
    operator = _WRITTEN[found[2]]
    value = found[3].strip()
    several = operator in ("in", "not in")
    return Condition(
        found[1], operator, [v.strip() for v in value.split(",")] if several else [value]
    )


def bind(conditions: Conditions, schema: "pa.Schema") -> list[Condition]:
    """The conditions with values of the types that the columns have.

    Raises:
        InputError: the index has no such column, or a value is of another type.
    """
    names = [name for name in schema.names if name != VECTOR]
    for condition in conditions:
        if condition.column not in names:
            way_out = did_you_mean(condition.column, names, f"choose one of {', '.join(names)}")
            raise InputError(
                f"the index has no column {condition.column!r}; expected one of its own: {way_out}"
            )
    return [
        Condition(
            c.column, c.operator, [_typed(v, c, schema.field(c.column).type) for v in c.values]
        )
        for c in conditions
    ]


def expression(conditions: Conditions) -> "pc.Expression | None":
    """Bound conditions as an Arrow expression; None for none."""
    import pyarrow.parquet as pq

    terms = [
        (c.column, c.operator, list(c.values) if "in" in c.operator else c.values[0])
        for c in conditions
    ]
    return pq.filters_to_expression(terms) if terms else None


def sql(conditions: Conditions) -> str | None:
    """Bound conditions as SQL; None for none."""
    terms = []
    for column, operator, values in conditions:
        name = "`{}`".format(column.replace("`", "``"))
        if operator in ("in", "not in"):
            term = f"{name} {operator.upper()} ({', '.join(map(_literal, values))})"
            terms.append(f"({term} OR {name} IS NULL)" if operator == "not in" else term)
        else:
            terms.append(f"{name} {operator} {_literal(values[0])}")
    return " AND ".join(terms) or None


def _literal(value: Any) -> str:
    if isinstance(value, str):
        return "'{}'".format(value.replace("'", "''"))
    return repr(value).lower() if isinstance(value, bool) else repr(value)


def _typed(value: Any, condition: Condition, kind: "pa.DataType") -> Any:
    """A value in the type of its column.

    Numbers that stand as text are not compared by size, as `"10"` would be below `"9"`.
    """
    import pyarrow as pa

    if pa.types.is_string(kind):
        sized = condition.operator not in ("in", "not in")
        if sized and re.fullmatch(r"[-+]?\d+(\.\d+)?", str(value)):
            raise InputError(
                f"column {condition.column!r} holds text, which is not compared with the number "
                f"{value}; expected a column of numbers: build the index from JSONL or Parquet "
                "that has them"
            )
        return str(value)
    try:
        if pa.types.is_boolean(kind):
            return {"true": True, "false": False}[str(value).lower()]
        number = int(value) if pa.types.is_integer(kind) else float(value)
        pa.scalar(number, kind)  # an integer may be too large for its column
        return number
    except (KeyError, ValueError, OverflowError) as error:
        raise InputError(
            f"column {condition.column!r} is compared with {value!r}; expected {kind}, as it holds"
        ) from error
