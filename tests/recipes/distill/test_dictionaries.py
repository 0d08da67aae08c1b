"""A dictionary beside sentences: what it gives, and what it leaves as it was."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from isogloss.console import Silent
from isogloss.errors import DataFormatError
from isogloss.recipes.distill.dry_run import plan
from isogloss.recipes.distill.pairs import RunPairs, load_pairs
from isogloss.recipes.distill.prepare import prepare
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.distill.replay import BaseRun
from isogloss.recipes.distill.run import distill
from isogloss.runs.lifecycle import RunLog
from isogloss.samples import read_rows
from isogloss.students.transplant import Transplant
from isogloss.training.distill.batches import corpus_shares, plan_batches
from isogloss.training.distill.settings import ResolvedSettings, TrainSettings
from isogloss.vectors.store import hash_texts

EXPLAINED = "a piece of furniture to sit on\tSitzmöbel"
ENTRIES = ["the\tdie; der; das", "kitchen\tKüche", "small\tklein", "and\tund", "a\tein"]
N_ENTRIES = len(ENTRIES) + 2  # the article has three


@pytest.fixture
def words(tmp_path: Path) -> Path:
    path = tmp_path / "words.txt"
    path.write_text("\n".join([*ENTRIES, EXPLAINED]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def helped(recipe: DistillRecipe, words: Path, tmp_path: Path) -> DistillRecipe:
    """The tiny recipe with a dictionary."""
    pairs = (*recipe.pairs, f"en-de=dict:{words}")
    return replace(recipe, pairs=pairs, out=str(tmp_path / "out"))


def gathered(recipe: DistillRecipe) -> RunPairs:
    return load_pairs(recipe, None, [], Silent())


def resolved(training: TrainSettings) -> ResolvedSettings:
    return training.resolved(Transplant.defaults)


def test_entries_are_no_sentences_and_none_is_held_out(recipe, helped):
    bare, pairs = gathered(recipe), gathered(helped)
    assert [list(part) for part in pairs.new] == [list(part) for part in bare.new]
    assert list(pairs.dev["de"]) == list(bare.dev["de"])
    assert pairs.record == bare.record
    assert [part.report.kept for part in pairs.dictionaries] == [N_ENTRIES + 1]


def test_all_entries_tell_of_words_and_the_short_ones_are_learned(helped):
    pairs = gathered(helped)
    assert pairs.evidence[:-1] == pairs.new
    known, [(place, learned)] = pairs.evidence[-1], pairs.entries
    assert sorted(known.target) == sorted([*learned.target, "Sitzmöbel"])
    assert place == helped.pairs[-1]
    assert {("the", "das"), ("kitchen", "Küche")} <= set(learned)
    assert {"the", "kitchen"} <= set(pairs.sources())


def test_an_entry_of_a_held_out_sentence_is_left_out(helped, words):
    held = gathered(helped).dev["de"]
    told = held.target[0].replace(",", "")
    with words.open("a", encoding="utf-8") as file:
        file.write(f"{held.source[0].upper().replace(',', '')}\t{told}\n")
    [found] = gathered(helped).dictionaries
    assert told not in list(found.sentences.target)
    assert found.report.kept == N_ENTRIES + 2


def test_new_tokens_come_from_the_dictionary(recipe, helped, words):
    words.write_text("\n".join(["to quack\tquaxen", "he quacks\tquaxt"] * 10), encoding="utf-8")
    bare, made = (
        prepare(one, [], RunLog()) for one in (replace(recipe, out=helped.out + "-"), helped)
    )
    assert made.facts.student.new_tokens != bare.facts.student.new_tokens
    lengths = [one.facts.student.tokens_per_sentence["de"]["teacher"] for one in (bare, made)]
    assert lengths[0] == lengths[1]  # of sentences, not of entries


@pytest.mark.parametrize("share", [0.0, 0.2])
def test_entries_have_their_share_of_what_is_drawn_of_their_language(helped, share):
    examples = prepare(helped, [], RunLog()).examples()
    settings = resolved(replace(helped.training, dictionary_share=share))
    drawn = Counter(k for batch in plan_batches(examples, "en", settings).epoch(0) for k in batch)
    sentences, entries = examples.corpora["de"]
    assert entries.dictionary and not sentences.dictionary
    assert entries.end - entries.start == N_ENTRIES
    of_entries = sum(drawn[k] for k in range(entries.start, entries.end))
    of_sentences = sum(drawn[k] for k in range(sentences.start, sentences.end))
    assert of_entries + of_sentences == sentences.end - sentences.start
    assert of_entries == round(share * (of_entries + of_sentences))
    assert corpus_shares(examples, "en", settings)[helped.pairs[-1]] == pytest.approx(
        share, abs=0.01
    )


def test_entries_are_not_among_the_source_sentences(helped):
    examples = prepare(helped, [], RunLog()).examples()
    start, end = examples.streams["en"]
    assert not set(hash_texts(["the", "kitchen"])) & set(examples.keys[start:end])


def test_dictionaries_compose_with_weights_shares_and_caps_of_corpora(
    recipe, helped, words, tmp_path
):
    more, rows = tmp_path / "more.tsv", read_rows("train")[250:300]
    text = "".join(f"{row['en']}\t{row['de']}\t{1 + at % 2}\n" for at, row in enumerate(rows))
    more.write_text(text, encoding="utf-8")
    names = tmp_path / "names.txt"
    names.write_text("".join(f"city{k}\tStadt{k}\n" for k in range(40)), encoding="utf-8")
    places = (*helped.pairs, f"en-de={more}?weight=3", f"en-de=dict:{names}")
    training = replace(
        helped.training,
        pair_weights="draw",
        corpus_temperature=1e9,
        corpus_weights={"names.txt": 3.0},
        dictionary_share=0.2,
    )
    made = replace(helped, pairs=places, training=training, max_pairs={"names.txt": 30})
    prepared = prepare(made, [], RunLog())
    sizes = [part.end - part.start for part in prepared.examples().corpora["de"]]
    assert sizes[2:] == [N_ENTRIES, 30]
    shares = corpus_shares(prepared.examples(), "en", resolved(training))
    expected = dict(zip(places, (0.4, 0.05, 0.4, 0.15), strict=True))
    assert shares == pytest.approx(expected, abs=0.01)


def test_a_dictionary_alone_is_what_its_language_learns_from(recipe, tmp_path):
    words = tmp_path / "words.txt"
    rows = [f"{row['en']}\t{row['de']}".replace(",", "") for row in read_rows("train")[:200]]
    words.write_text("\n".join(rows) + "\n", encoding="utf-8")
    pairs = gathered(replace(recipe, pairs=(f"en-de=dict:{words}",)))
    assert not pairs.dictionaries
    assert len(pairs.new[0]) > 150
    assert pairs.dev["de"]


def test_a_run_with_a_dictionary_tells_of_it_and_can_learn_more(helped, tmp_path):
    made = replace(helped, training=replace(helped.training, epochs=0.5, evaluations=1))
    run = distill(made)
    assert run.record is not None
    [data], [sentences] = run.record.dictionaries, run.record.data
    assert (data.where, data.kept) == (made.pairs[-1], N_ENTRIES + 1)
    assert (data.share, sentences.share) == pytest.approx((0.05, 0.95), abs=0.01)
    for page in ("report.md", "README.md"):
        text = (run.folder / page).read_text(encoding="utf-8")
        assert "## Dictionaries" in text
    again = plan(replace(made, out=f"{made.out}-plan"))
    assert again["estimate"]["targets_to_embed"] == 0
    assert [part["kept"] for part in again["dictionaries"]] == [N_ENTRIES + 1]
    assert BaseRun(run.folder, run.record).data == [sentences]


def test_a_dictionary_with_the_target_language_first_is_refused(helped, words):
    rows = [row for row in read_rows("train") if len(row["de"].split()) == len(row["en"].split())]
    entries = [
        (a, b) for row in rows for a, b in zip(row["en"].split(), row["de"].split(), strict=True)
    ]
    words.write_text("".join(f"{a}\t{b}\n" for a, b in entries), encoding="utf-8")
    assert gathered(helped).dictionaries
    words.write_text("".join(f"{b}\t{a}\n" for a, b in entries), encoding="utf-8")
    with pytest.raises(DataFormatError, match=r"expected en first: turn the sides of its lines"):
        gathered(helped)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no usable pair"),
        (b"house\nkitchen\n" * 60, "no usable pair"),
        (bytes(range(256)) * 40, "words.txt"),
    ],
)
def test_what_is_no_dictionary_is_refused(helped, words, content, said):
    words.write_bytes(content)
    with pytest.raises(DataFormatError, match=said):
        gathered(helped)
