"""Recipes: TOML, options and --set, the later winning; every key and type is checked."""

import json
from collections.abc import Callable
from dataclasses import asdict, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, NonNegativeInt, PositiveFloat

from isogloss.config import (
    Part,
    Share,
    build_config,
    merge,
    parse_assignments,
    read_toml,
    settings,
)
from isogloss.errors import InputError, MissingFileError


def ascending(limits: tuple[int, int]) -> tuple[int, int]:
    if limits[0] > limits[1]:
        raise ValueError("a range")
    return limits


@settings("training")
class Inner:
    epochs: PositiveFloat | None = 1.0
    steps: NonNegativeInt = 10
    names: tuple[str, ...] = ()
    share: Share = 0.5
    part: Part = 0.5
    mode: Literal["fast", "slow"] = "fast"
    limits: Annotated[tuple[int, int], AfterValidator(ascending)] = (1, 2)

    def __post_init__(self) -> None:
        if self.steps == 13 and self.epochs:
            raise InputError("13 steps and epochs; expected one of them; leave one out")


@settings()
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


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"steps": -1}, r"\.steps is -1; expected at least 0"),
    ({"epochs": 0}, r"\.epochs is 0; expected a number above 0"),
    ({"epochs": float("nan")}, r"\.epochs is nan; expected a number above 0"),
    ({"epochs": float("inf")}, r"\.epochs is inf; expected a number above 0"),
    ({"share": 1}, r"\.share is 1; expected a number from 0 up to, but not including, 1"),
    ({"part": -0.5}, r"\.part is -0\.5; expected a number from 0 to 1"),
    ({"mode": "idle"}, r"\.mode is 'idle'; expected one of fast, slow"),
    ({"limits": (2, 1)}, r"\.limits is \(2, 1\); expected a range"),
]


@pytest.mark.parametrize(("values", "message"), WRONG)
def test_values_are_checked_however_settings_are_made(values: dict[str, Any], message: str) -> None:
    makers: list[Callable[..., Any]] = [
        Inner,
        lambda **values: replace(Inner(), **values),
        lambda **values: Outer("t", training=values),  # type: ignore[arg-type]
    ]
    for make in makers:
        with pytest.raises(InputError, match=f"^training{message}; set another value$"):
            make(**values)


def test_a_key_that_is_missing_or_unknown_is_named_in_code_too() -> None:
    with pytest.raises(InputError, match="teacher is missing"):
        Outer()  # type: ignore[call-arg]
    with pytest.raises(InputError, match=r"'training\.step' is unknown.*did you mean 'training\.s"):
        Inner(step=1)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"teachr": "t"}, r"'teachr' is unknown.*did you mean 'teacher'"),
        (
            {"training": {"epoch": 1}},
            r"'training\.epoch' is unknown.*did you mean 'training\.epochs'",
        ),
        ({"qqq": 1}, r"'qqq' is unknown; expected one of teacher, training, careful; leave it out"),
        ({"training": 3}, r"^training is 3; expected a table of settings; set another value$"),
        ({"training": {"epochs": "many"}}, r"^training\.epochs is 'many'; expected a valid number"),
        ({"training": {"steps": 1.5}}, r"^training\.steps is 1\.5; expected a valid integer"),
        ({"training": {"steps": None}}, r"^training\.steps is None; expected a valid integer"),
        ({"training": {"names": "a"}}, r"^training\.names is 'a'; expected a list, \["),
        ({"careful": "perhaps"}, r"^careful is 'perhaps'; expected a valid boolean"),
        *(({"training": values}, f"^training{said}; set another value$") for values, said in WRONG),
        (
            {"training": {"steps": 13}},
            r"^13 steps and epochs; expected one of them; leave one out$",
        ),
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
    with pytest.raises(InputError, match=r"pairs is 'en-de=x'; expected a list"):
        build_config(DistillRecipe, given | {"pairs": "en-de=x"})


@pytest.mark.parametrize(
    ("former", "now"),
    [
        ("student.pretrained.every=2", "student.pretrained.layer_stride=2"),
        ("training.loss.hard=0.5", "training.loss.hard_label_weight=0.5"),
    ],
)
def test_a_key_of_an_earlier_version_is_taken_and_its_present_name_told(
    former: str, now: str, caplog: pytest.LogCaptureFixture
) -> None:
    from isogloss.recipes.distill.recipe import DistillRecipe

    given = {"teacher": "t", "pairs": ("en-de=x",), "out": "o"}
    soft = {"training": {"loss": {"soft": 1.0}}}
    built = [
        build_config(DistillRecipe, merge(given | soft, parse_assignments([key])))
        for key in (former, now)
    ]
    assert built[0] == built[1]
    [said] = caplog.messages
    assert repr(now.partition("=")[0].rpartition(".")[2]) in said
    with pytest.raises(InputError, match="is unknown"):
        build_config(DistillRecipe, merge(given | soft, parse_assignments([former, now])))


def test_every_recipe_is_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Built from JSON where none of its files is, it is the same; and building it reads nothing."""
    from isogloss.recipes.distill.recipe import DistillRecipe
    from isogloss.recipes.finetune.recipe import FinetuneRecipe
    from isogloss.recipes.reproduce.recipe import ReproduceRecipe

    student = {"kind": "runs/de", "pretrained": {"trim": 400}, "replay": 0.0}
    values = {"teacher": "t", "pairs": ["en-de=no/where.tsv"], "out": "runs", "student": student}
    distilled = build_config(DistillRecipe, values)
    recipes: list[Any] = [
        distilled,
        FinetuneRecipe("runs/de", "runs/sts", sts=("de=no/where.csv",), pairs=("en-de=x.tsv",)),
        ReproduceRecipe("table6", "runs/study", distilled, sizes=(500,)),
    ]
    monkeypatch.chdir(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", lambda path: pytest.fail(f"a recipe looks at {path}"))
        patch.setattr(Path, "open", lambda path: pytest.fail(f"a recipe reads {path}"))
        again = [
            build_config(type(recipe), json.loads(json.dumps(asdict(recipe)))) for recipe in recipes
        ]
    assert again == recipes
    assert [recipe.fingerprint() for recipe in again] == [r.fingerprint() for r in recipes]
