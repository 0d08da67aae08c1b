"""Suites from the hub: a folder that is laid out like one of its datasets stands for it."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isogloss.errors import DataFormatError, InputError
from isogloss.tasks.suites import SUITES, Suite, load_suites
from isogloss.tasks.suites.card import HubPlace

Make = Callable[..., None]


@pytest.fixture
def on_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_dataset_cache: None) -> Make:
    """Puts a dataset where a suite's card points."""

    def make(suite: str, configs: dict[str, list[dict[str, Any]]]) -> None:
        folder = tmp_path / suite
        folder.mkdir()
        entries = []
        for config, rows in configs.items():
            text = "".join(json.dumps(row) + "\n" for row in rows)
            (folder / f"test-{config}.jsonl").write_text(text, encoding="utf-8")
            entries.append(
                {
                    "config_name": config,
                    "data_files": [{"split": "test", "path": f"test-{config}.jsonl"}],
                }
            )
        (folder / "README.md").write_text(f"---\nconfigs: {json.dumps(entries)}\n---\n")
        card = SUITES[suite]
        assert card.hub is not None
        place = dataclasses.replace(card.hub, name=str(folder))
        monkeypatch.setitem(SUITES, suite, dataclasses.replace(card, hub=place))

    return make


def rows(mark: str, score: str = "score") -> list[dict[str, Any]]:
    return [
        {"sentence1": f"one {mark} {i}", "sentence2": f"two {mark} {i}", score: i / 2}
        for i in range(6)
    ]


def load(name: str, languages: list[str] | None = None) -> Suite:
    (suite,) = load_suites([name], languages=languages)
    return suite


def test_sts17_names_its_sets_in_either_order(on_hub: Make) -> None:
    on_hub("sts17-paper", {"es-en": rows("a"), "en-en": rows("b")})
    suite = load("sts17-paper")
    assert [task.languages for task in suite.tasks] == ["en-en", "en-es"]
    assert suite.tasks[1].texts()[0] == "one a 0"
    assert len(suite.missing) == 8


def test_stsb_is_crossed(on_hub: Make) -> None:
    on_hub("stsb-multi-mt", {code: rows(code, "similarity_score") for code in ("en", "de")})
    suite = load("stsb-multi-mt", ["de"])
    assert [task.languages for task in suite.tasks] == ["en-en", "de-de", "en-de", "de-en"]
    assert suite.tasks[2].texts()[0] == "one en 0"
    assert suite.tasks[2].texts()[-1] == "two de 5"


def test_tatoeba_drops_empty_sides_and_counts_them(on_hub: Make) -> None:
    pairs = [{"sentence1": f"s {i}", "sentence2": f"t {i}"} for i in range(4)]
    on_hub("tatoeba", {"deu-eng": [*pairs, {"sentence1": "x", "sentence2": None}]})
    (task,) = load("tatoeba", ["de"]).tasks
    data: Any = task.data  # type: ignore[attr-defined]
    assert (len(data), data.dropped) == (4, {"empty side": 1})


def test_what_cannot_be_read_is_one_line(on_hub: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r"mstsb: no copy on the hub is known.*--data-root"):
        load("mstsb")
    on_hub("sts17", {"en-en": [{"text": "a"}]})
    with pytest.raises(DataFormatError, match=r"has the columns text; expected sentence1"):
        load("sts17", ["en"])
    place = HubPlace("nobody/nothing", "0" * 40, "{a}-{b}")
    monkeypatch.setitem(SUITES, "sts17", dataclasses.replace(SUITES["sts17"], hub=place))
    with pytest.raises(
        DataFormatError, match=r"nobody/nothing: the dataset cannot be read.*--data-root"
    ):
        load("sts17")
