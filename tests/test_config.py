"""Recipes: TOML, options and --set, the later winning; every key and type is checked."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from isogloss.config import build_config, merge, parse_assignments, read_toml
from isogloss.errors import InputError, MissingFileError


@dataclass(frozen=True)
class Inner:
    epochs: float | None = 1.0
    steps: int = 10
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.steps < 0:
            raise InputError(f"steps {self.steps}; expected at least 0; set it higher")


@dataclass(frozen=True)
class Outer:
    teacher: str
    training: Inner = field(default_factory=Inner)
    careful: bool = True


def test_values_are_put_into_the_schema() -> None:
    given = {"teacher": "t", "training": {"epochs": 2, "names": ["a", "b"]}}
    assert build_config(Outer, given) == Outer("t", Inner(epochs=2.0, names=("a", "b")))
    assert (
        build_config(Outer, {"teacher": "t", "training": {"epochs": None}}).training.epochs is None
    )


def test_none_is_none_where_there_can_be_none_and_a_word_elsewhere() -> None:
    values = parse_assignments(["teacher=none", "training.epochs=None"])
    assert build_config(Outer, values) == Outer("none", Inner(epochs=None))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"teachr": "t"}, r"'teachr' is unknown.*did you mean 'teacher'"),
        (
            {"training": {"epoch": 1}},
            r"'training\.epoch' is unknown.*did you mean 'training\.epochs'",
        ),
        ({"qqq": 1}, r"'qqq' is unknown; expected one of teacher, training, careful; leave it out"),
        ({"training": 3}, r"'training' is 3; expected a table"),
        ({"training": {"epochs": "many"}}, r"'training\.epochs' is 'many'.*--set training\.epochs"),
        ({"training": {"steps": 1.5}}, r"'training\.steps' is 1\.5"),
        ({"training": {"steps": None}}, r"'training\.steps' is None"),
        ({"training": {"names": "a"}}, r"'training\.names' is 'a'"),
        ({"careful": "perhaps"}, r"'careful' is 'perhaps'"),
        ({"training": {"steps": -1}}, r"^steps -1; expected at least 0; set it higher$"),
    ],
)
def test_what_does_not_fit_is_named_in_one_line(values: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        build_config(Outer, {"teacher": "t"} | values)
    assert "\n" not in str(caught.value)


def test_assignments_are_read_as_toml_where_they_are_toml() -> None:
    assert parse_assignments(
        ["a=1", "b.c=2e-4", "b.d=true", "e=[1, 2]", "f=none", "g=de=x y", "h='1'", " i = word "]
    ) == {
        "a": 1,
        "b": {"c": 2e-4, "d": True},
        "e": [1, 2],
        "f": "none",
        "g": "de=x y",
        "h": "1",
        "i": "word",
    }


def test_the_last_assignment_wins() -> None:
    assert parse_assignments(["a.b=1", "a.b=2"]) == {"a": {"b": 2}}


@pytest.mark.parametrize("assignments", [["seed"], ["=1"], ["training=3", "training.epochs=1"]])
def test_an_assignment_that_cannot_be_made_is_refused(assignments: list[str]) -> None:
    with pytest.raises(InputError, match="expected"):
        parse_assignments(assignments)


def test_merging_changes_neither_side() -> None:
    base = {"a": {"b": 1, "c": 2}, "d": 3}
    over = {"a": {"b": 9}, "d": {"e": 4}, "f": None}
    assert merge(base, over) == {"a": {"b": 9, "c": 2}, "d": {"e": 4}, "f": None}
    assert base == {"a": {"b": 1, "c": 2}, "d": 3}
    assert over == {"a": {"b": 9}, "d": {"e": 4}, "f": None}


def test_a_recipe_is_toml(tmp_path: Path) -> None:
    recipe = tmp_path / "r.toml"
    recipe.write_text('teacher = "t"\n[training]\nepochs = 2\n', encoding="utf-8")
    assert read_toml(recipe) == {"teacher": "t", "training": {"epochs": 2}}


def test_a_recipe_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="does not exist"):
        read_toml(tmp_path / "none.toml")
    with pytest.raises(InputError, match="cannot be read"):
        read_toml(tmp_path)
    broken = tmp_path / "broken.toml"
    broken.write_text("teacher = \n", encoding="utf-8")
    with pytest.raises(InputError, match="line 1"):
        read_toml(broken)
    broken.write_bytes(b"teacher = '\xff'")
    with pytest.raises(InputError, match=r"not UTF-8.*byte 11.*iconv"):
        read_toml(broken)


def test_a_key_of_another_table_is_found() -> None:
    from isogloss.recipes.distill.recipe import DistillRecipe

    given = {"teacher": "t", "pairs": ("en-de=x",), "out": "o"}
    with pytest.raises(
        InputError, match=r"'epoch' is unknown; .*did you mean 'training\.epochs'\?"
    ):
        build_config(DistillRecipe, given | {"epoch": 1})
    with pytest.raises(InputError, match=r"'pairs' is 'en-de=x'; input should be a list"):
        build_config(DistillRecipe, given | {"pairs": "en-de=x"})
