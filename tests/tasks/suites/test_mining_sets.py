"""Mining sets: the shared task's own, others of its shape, and the hub's copy."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from isogloss.errors import DataFormatError
from isogloss.tasks.suites import SUITES, Suite, load_suites


def load(root: Path | None, languages: list[str] | None = None) -> Suite:
    (suite,) = load_suites(["bucc2018"], data_root=root, languages=languages)
    return suite


@pytest.fixture
def write_set(write: Any) -> Any:
    """Writes a mining set: prefix of the file names, codes."""

    def to(prefix: str, code: str = "de") -> Path:
        write(f"{prefix}.{code}", *(f"{code}-{i}\t{code} {prefix[-4:]} {i}" for i in range(4)))
        write(f"{prefix}.en", *(f"en-{i}\ten {prefix[-4:]} {i}" for i in range(4)))
        root: Path = write(f"{prefix}.gold", f"{code}-1\ten-2", f"{code}-0\ten-3")
        return root

    return to


def test_the_tasks_own_files_are_bucc_2018(write_set: Any) -> None:
    suite = load(write_set("bucc2018/de-en/de-en.training"))
    task: Any = suite.tasks[0]
    assert (suite.name, task.name, task.languages, task.train) == (
        "bucc2018",
        "bucc2018",
        "de-en",
        None,
    )
    assert [m.languages for m in suite.missing] == ["fr-en", "ru-en", "zh-en"]
    assert any("2 pairs where the published set has 9,580" in note for note in suite.notes)


def test_sets_of_its_shape_are_called_what_they_are(write_set: Any) -> None:
    write_set("bucc_style/de-en.test")
    suite = load(write_set("bucc_style/de-en.train"), ["de"])
    task: Any = suite.tasks[0]
    assert (suite.name, task.name) == ("bucc-style", "bucc-style")
    assert next(iter(task.data.source.values())) == "de test 0"
    assert next(iter(task.train.source.values())) == "de rain 0"
    (note,) = suite.notes
    assert "not comparable with BUCC 2018" in note


def test_a_set_without_a_training_part_is_taken_too(write_set: Any) -> None:
    task: Any = load(write_set("bucc/fr-en", "fr"), ["fr"]).tasks[0]
    assert (task.name, task.train) == ("bucc-style", None)


def test_each_set_is_read_from_the_first_place_that_has_it_and_called_what_it_is(
    write_set: Any,
) -> None:
    write_set("bucc_style/de-en.test")
    suite = load(write_set("bucc2018/zh-en.dev", "zh"))
    assert [(task.languages, task.name) for task in suite.tasks] == [
        ("de-en", "bucc-style"),
        ("zh-en", "bucc2018-dev"),
    ]
    tasks: Any = suite.tasks
    assert tasks[1].train is None  # folds
    assert any("zh-en: the task's own development set" in note for note in suite.notes)
    assert any("de-en: other mining sets" in note for note in suite.notes)
    assert [m.languages for m in suite.missing] == ["fr-en", "ru-en"]


def test_the_hubs_copy_counts_from_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_dataset_cache: None
) -> None:
    def put(name: str, row: dict[str, Any]) -> None:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "set.jsonl").write_text(json.dumps(row) + "\n")
        config = [{"config_name": "de-en", "data_files": [{"split": "test", "path": "set.jsonl"}]}]
        (folder / "README.md").write_text(f"---\nconfigs: {json.dumps(config)}\n---\n")
        card = SUITES["bucc2018"]
        assert card.hub is not None
        place = dataclasses.replace(card.hub, name=str(folder))
        monkeypatch.setitem(SUITES, "bucc2018", dataclasses.replace(card, hub=place))

    row = {"sentence1": ["eins", "zwei"], "sentence2": ["one", "two"], "gold": [[2, 1]]}
    put("whole", row)
    task: Any = load(None, ["de"]).tasks[0]
    ((one, other),) = task.data.gold
    assert (task.data.source[one], task.data.target[other]) == ("zwei", "one")
    put("part", {key: row[key] for key in ("sentence1", "sentence2")})
    with pytest.raises(DataFormatError, match="expected sentence1, sentence2 and gold"):
        load(None, ["de"])
