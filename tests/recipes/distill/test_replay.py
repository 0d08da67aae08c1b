"""What is taught along while a finished student learns another language."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from isogloss.console import Silent
from isogloss.data.parallel import ParallelSentences
from isogloss.errors import InputError
from isogloss.recipes.distill.pairs import load_pairs
from isogloss.recipes.distill.recipe import DistillRecipe, StudentRecipe
from isogloss.recipes.distill.replay import BaseRun, find_base_run, load_replay, sample_replay
from isogloss.runs.record import DistillRecord

from .test_growing import run_of, spanish

__all__ = ["spanish"]


def taught_on(folder: Path, data: list[dict[str, Any]]) -> BaseRun:
    """An earlier run of which only the data are read."""
    return BaseRun(folder, DistillRecord.model_validate({"command": "distill", "data": data}))


def test_what_is_rehearsed_is_what_was_taught(
    recipe: DistillRecipe, spanish: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    taught = load_pairs(replace(recipe, max_pairs=120), None, [], Silent())
    german = run_of(
        tmp_path / "de", command="distill", student={"kind": "transplant"}, data=taught.record
    )
    more = replace(recipe, pairs=(spanish,), student=StudentRecipe(german, replay=0.9))
    pairs = load_pairs(more, find_base_run(german), [], Silent())
    assert [row["kept"] for row in pairs.record] == [200, 120]
    [old] = pairs.replay
    assert set(old) == set(taught.new[0])
    assert set(pairs.dev["de"]) == set(taught.dev["de"])
    both = taught_on(tmp_path, pairs.record)  # a run that drew none of its own
    ukrainian = ParallelSentences("en", "uk", ["One."], ["Один."])
    again = load_replay(both, [ukrainian], recipe.cleaning)
    assert [len(part.sentences) for part in again] == [200, 120]
    assert set(again[1].sentences) == {*taught.new[0], *taught.dev["de"]}
    assert "no longer the pairs" not in caplog.text
    changed = [entry | {"fingerprint": "another"} for entry in pairs.record]
    load_replay(taught_on(tmp_path, changed), [ukrainian], recipe.cleaning)
    assert caplog.text.count("no longer the pairs") == 2


def test_known_pairs_that_are_named_beside_a_new_language_are_rehearsed(
    recipe: DistillRecipe, spanish: str, tmp_path: Path
) -> None:
    taught = load_pairs(replace(recipe, max_pairs=120), None, [], Silent())
    german = run_of(
        tmp_path / "de", command="distill", student={"kind": "transplant"}, data=taught.record
    )
    again, more = tmp_path / "again.tsv", tmp_path / "more.tsv"
    again.write_bytes(Path(recipe.pairs[0].partition("=")[2]).read_bytes())
    rows = [f"There are {n} hats.\tDa sind {n} Hüte.\n" for n in range(150)]
    more.write_text("".join(rows), encoding="utf-8")

    def found(*pairs: str, replay: float = 0.3) -> tuple[list[str], list[str]]:
        made = replace(recipe, pairs=pairs, student=StudentRecipe(german, replay=replay))
        got = load_pairs(made, find_base_run(german), [], Silent())
        sides = got.new, got.replay
        assert [("replayed" in row) for row in got.record] == [
            *(False for _ in got.new),
            *(True for _ in got.replay),
        ]
        new, old = ([part.target_language for part in side] for side in sides)
        return new, old

    same, other = f"en-de={again}", f"en-de={more}"
    assert found(same, spanish) == (["es"], ["de"])
    assert found(same) == (["de"], [])
    assert found(same, spanish, replay=0.0) == (["de", "es"], [])
    assert found(other, spanish) == (["de", "es"], [])
    assert sorted(found(same, other, spanish)[0]) == ["de", "de", "es"]


def test_another_source_language_is_refused_for_what_is_rehearsed(
    recipe: DistillRecipe, tmp_path: Path
) -> None:
    account = load_pairs(recipe, None, [], Silent()).record
    french = [ParallelSentences("fr", code, ["Un."], ["One."]) for code in ("uk", "de")]
    for given in (french[:1], french):
        with pytest.raises(InputError, match=r"taught from 'en', the new pairs start from 'fr'"):
            load_replay(taught_on(tmp_path, account), given, recipe.cleaning)


def test_replay_is_a_share_of_all_pairs() -> None:
    parts = [
        ParallelSentences("en", "de", list(map(str, range(n))), list(map(str, range(n))))
        for n in (600, 200)
    ]
    sampled = sample_replay(parts, new=400, share=0.2)
    assert [len(part) for part in sampled] == [75, 25]
    assert len({s for s, _ in sampled[0]}) == 75
    assert [len(part) for part in sample_replay(parts, new=10_000, share=0.5)] == [600, 200]
    assert sample_replay([], new=10, share=0.3) == []
    fewer = sample_replay(parts, new=100, share=0.2)
    assert set(fewer[0].source) < set(sampled[0].source)


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(InputError, match=r"student\.replay is .*; expected"):
        StudentRecipe(replay=share)
