"""The page and the card of a fine-tuning, and its pictures."""

import re
from pathlib import Path
from typing import Any

import pytest

from isogloss.metrics.score import Score
from isogloss.reports.cards.card import model_card
from isogloss.reports.figures.drawings import Drawing, training_drawings
from isogloss.reports.pages.finetune import finetune_page
from isogloss.reports.pages.html import html_page
from isogloss.reports.pages.page import Page
from isogloss.runs.record import FinetuneRecord


def recorded(run: dict[str, Any]) -> FinetuneRecord:
    return FinetuneRecord.model_validate({"command": "finetune"} | run)


def page_of(run: dict[str, Any], scores: dict[str, list[Score]]) -> Page:
    return finetune_page(recorded(run), scores)


def card_of(run: dict[str, Any], scores: dict[str, list[Score]], name: str = "") -> str:
    return model_card(recorded(run), scores, name=name)


def drawings_of(run: dict[str, Any]) -> list[Drawing]:
    return [one for one in training_drawings(recorded(run)) if one.name != "training_curve"]


PARAMS = {"batch_size": 16, "learning_rate": 3e-5}


def trial(number: int, folds: list[float], *, stopped: bool = False) -> dict[str, Any]:
    value = None if stopped else sum(folds) / len(folds)
    state = "pruned" if stopped else "complete"
    return {"trial": number, "state": state, "value": value, "folds": folds, "params": PARAMS}


@pytest.fixture
def run() -> dict[str, Any]:
    """What `isogloss finetune --search` writes, in short."""
    dev = [{"spearman": 0.8, "spearman_en-de": 0.79}, {"spearman": 0.82, "spearman_en-de": 0.81}]
    return {
        "command": "finetune",
        "pivot": "en",
        "languages": ["de", "en"],
        "start": {"name": "/home/somebody/runs/de"},
        "student": {"dim": 384, "pooling": "mean", "normalizes": True, "max_length": 128},
        "recipe": {
            "crossings": "pivot",
            "quality": {"min_confidence": 0.7, "min_agreement": 0.0},
            "training": {
                "batch_size": None,
                "max_tokens": 128,
                "max_gradient_norm": 1.0,
                "learning_rate": 3e-5,
                "loss": {"cosine": 1.0, "cosent": 0.5, "angle": 0.0, "temperature": 0.05},
            },
        },
        "data": {
            "train_pairs": 1234,
            "dev_pairs": 0,
            "anchor_pairs": 500,
            "sts": {
                "en": {
                    "files": ["train.tsv", "hf:owner/set:en#dev"],
                    "rows": 1234,
                    "empty": 0,
                    "unsure": 7,
                }
            },
            "dev": {"en": {"files": ["dev.tsv"], "rows": 100, "empty": 0, "unsure": 0}},
            "pairs": [{"where": "/data/en-de.tsv", "languages": "en-de", "read": 9, "kept": 8}],
        },
        "training": {
            "steps": 4,
            "best_step": 4,
            "in_batch": {"graded pairs": 48},
            "history": [
                {"step": 2, "sentences": 10, "loss": 0.2, "dev": dev[0]},
                {"step": 4, "sentences": 20, "loss": 0.1, "dev": dev[1]},
            ],
        },
        "alarms": ["step 4: de drifts from its translations"],
        "search": {
            "settings": {"folds": 3},
            "pairs": 600,
            "finished": 2,
            "pruned": 1,
            "best": {"trial": 1, "params": PARAMS, "value": 0.83, "low": 0.81, "high": 0.85},
            "importance": {"batch_size": 0.25, "learning_rate": 0.75},
            "trials": [
                trial(0, [0.8, 0.81, 0.82]),
                trial(1, [0.83, 0.82, 0.84]),
                trial(2, [0.7, 0.71], stopped=True),
                trial(3, [], stopped=True) | {"state": "diverged", "reason": "the loss is nan"},
            ],
            "check": {
                "grouped": {"value": 0.824, "low": 0.8, "high": 0.848},
                "naive": {"value": 0.845, "low": 0.83, "high": 0.86},
                "difference": 0.021,
            },
            "training": {"batch_size": 48, "loss": {"cosine": 1.0}},
            "leak": {
                "naive_share": 0.22,
                "grouped_share": 0.0,
                "groups": 550,
            },
        },
    }


def test_the_page_says_what_was_trained_on_what_and_how_it_was_chosen(run: dict[str, Any]) -> None:
    page = page_of(run, {})
    text = page.markdown()
    assert text.startswith("# Fine-tuning: English and German")
    assert (
        "`de` learned the grades of 1,234 sentence pairs in English and German, each crossed"
        in text
    )
    assert "500 parallel pairs were held to their targets" in text
    assert "Everything was trained on; the last weights were kept." in text
    assert "drifts from its translations" in text
    assert "Nothing was evaluated." in text
    assert "| English | `train.tsv`, `hf:owner/set:en#dev` | 1,234 | 0 | 7 | 0 |" in text
    assert "## Dev pairs, trained on too\n\n" in text
    assert "| English | `dev.tsv` | 100 | 0 | 0 | 0 |" in text
    assert "/home" not in text
    assert "/data" not in text
    assert "<table" in html_page(page)


def test_the_search_tells_its_winner_and_its_leak(run: dict[str, Any]) -> None:
    text = page_of(run, {}).markdown()
    assert "Winner: trial 1, mean Spearman over folds 83.00 [81.00, 85.00]" in text
    assert "22.0% of its held-out pairs" in text
    assert "the winner scores 82.40 [80.00, 84.80]; on random ones" in text
    assert "84.50 [83.00, 86.00], a difference of +2.10." in text
    assert "Trial 3 has no score: the loss is nan." in text
    assert "learning rate 75.0%, batch size 25.0%" in text
    rows = [line for line in text.splitlines() if re.match(r"\| [0-3] \|", line)]
    assert [row.split(" | ")[1] for row in rows] == ["83.00", "81.00", "pruned", "diverged"]


def test_a_winner_whose_training_diverged_on_new_folds_is_told(run: dict[str, Any]) -> None:
    check = run["search"]["check"]
    check |= {"naive": {"value": None, "low": None, "high": None}, "difference": None}
    text = page_of(run, {}).markdown()
    assert "look at no sentence, nothing: training diverged." in text


def test_a_run_without_a_search_has_no_such_section(run: dict[str, Any]) -> None:
    text = page_of(run | {"search": None}, {}).markdown()
    assert "Search" not in text


def test_the_card_has_languages_hyper_parameters_and_limits(run: dict[str, Any]) -> None:
    card = card_of(run, {}, name="owner/model")
    assert "\nlanguage:\n- en\n- de\n" in card.partition("\n---\n")[0]
    assert "| loss | 1 · cosine |" in card  # of what the search chose
    assert "loss temperature" not in card  # which that loss has not
    assert "| batch size | 48 graded pairs |" in card
    card = card_of(run | {"search": None}, {}, name="owner/model")
    assert "| crossings | pivot |" in card
    assert "| loss | 1 · cosine + 0.5 · cosent |" in card
    assert "| loss temperature | 0.05 |" in card
    assert "| learning rate | 3e-05 |" in card
    assert "| max tokens | 128 |" in card
    assert "| max gradient norm | 1.0 |" in card
    assert "| min confidence | 0.7 |" in card
    assert "min agreement" not in card  # which asked for nothing
    assert "It has not been evaluated." in card
    assert "The run raised an alarm" in card
    assert "/home" not in card


def test_the_card_names_its_data(run: dict[str, Any]) -> None:
    data = run["data"] | {"dev_pairs": 100, "triplets": 9, "triplets_held_out": 2}
    nli = {"nli": ["en=/home/somebody/AllNLI.tsv.gz"]}
    run |= {"data": data, "recipe": run["recipe"] | nli}
    card = card_of(run, {})
    assert "## Graded pairs\n\n| language | data | rows | empty | unsure | disagreeing |" in card
    assert "| English | `train.tsv`, `hf:owner/set:en#dev` | 1,234 |" in card
    assert "## Dev pairs\n\n| language | data |" in card
    assert "| English | `dev.tsv` | 100 |" in card
    assert "learned to rank 9 triplets of `AllNLI.tsv.gz`. 2 more were left out" in card
    assert "`en-de.tsv`" in card
    assert "/home" not in card


def test_the_card_says_how_to_use_the_model(run: dict[str, Any]) -> None:
    run["student"]["sentence_transformers"] = "2.7"
    card = card_of(run, {}, name="owner/model")
    assert "With Sentence Transformers 2.7 or newer:" in card
    usage = card[card.index("## Usage") : card.index("## Graded pairs")]
    together, alone = usage.split("With transformers alone:")
    assert 'SentenceTransformer("owner/model")' in together
    assert 'AutoModel.from_pretrained("owner/model")' in alone
    assert "(tokens * mask).sum(1) / mask.sum(1)" in alone  # mean pooling, as the run says
    assert "normalize(embeddings" in alone


def test_the_card_has_scores_with_intervals_of_before_and_after(run: dict[str, Any]) -> None:
    def rows(value: float) -> list[Score]:
        return [
            Score("sts", pair, "spearman", value, value - 0.01, value + 0.02, 99, "s", data="test")
            for pair in ("en-en", "en-de")
        ]

    card = card_of(run, {"before": rows(0.7), "after": rows(0.8)})
    results = card[card.index("## Results") : card.index("## Graded pairs")]
    assert "| metric | n | before | after |" in results
    for pair in ("en-en", "en-de"):
        values = "70.00 [69.00, 72.00] | 80.00 [79.00, 82.00]"
        assert f"| {pair} | test | spearman | 99 | {values} |" in results
    assert "It has not been evaluated." not in card


def test_the_card_tells_of_the_search_where_there_was_one(run: dict[str, Any]) -> None:
    card = card_of(run, {})
    search = card[card.index("## Search") : card.index("## Limitations")]
    assert "- 2 trials of 3 folds on 600 pairs, 1 more stopped early." in search
    assert "- Winner: trial 1, mean Spearman over folds 83.00 [81.00, 85.00]" in search
    assert "82.40 [80.00, 84.80]; on random ones, which look at no sentence, 84.50" in search
    assert "Search" not in card_of(run | {"search": None}, {})


def test_a_card_of_little_is_still_a_card() -> None:
    card = card_of({"command": "finetune"}, {})
    assert "## Usage" in card


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_pictures_are_drawn_the_same_twice(
    run: dict[str, Any], tmp_path: Path, suffix: str
) -> None:
    pytest.importorskip("matplotlib")
    drawings = drawings_of(run)
    assert [drawing.name for drawing in drawings] == ["spearman_curve", "search"]
    for drawing in drawings:
        paths = [tmp_path / f"{n}-{drawing.name}.{suffix}" for n in (1, 2)]
        for path in paths:
            drawing.draw(path)
        assert paths[0].read_bytes() == paths[1].read_bytes()


def test_the_picture_of_a_search_shows_folds_means_the_best_and_what_matters(
    run: dict[str, Any], drawn: list[Any], tmp_path: Path
) -> None:
    trials = run["search"]["trials"]
    trials[:2] = [trial(0, [0.83, 0.82, 0.84]), trial(1, [0.8, 0.81, 0.82])]
    drawings_of(run)[1].draw(tmp_path / "search.png")
    tried, matters = drawn[0].axes
    points = [line for line in tried.lines if line.get_marker() == "o"]
    assert [[*line.get_xdata()] for line in points] == [[0] * 3, [1] * 3, [2] * 2, []]
    assert [*points[2].get_ydata()] == pytest.approx([70, 71])
    [means] = [line for line in tried.lines if line.get_marker() == "D"]
    assert [*means.get_ydata()] == pytest.approx([83, 81])
    [best] = [line for line in tried.lines if line.get_drawstyle() == "steps-post"]
    assert [*best.get_ydata()] == pytest.approx([83, 83])
    assert [(text.get_text(), text.xy) for text in tried.texts] == [("stopped", (2, 70.0))]
    widths = [bar.get_width() for bar in matters.patches]
    names = [label.get_text() for label in matters.get_yticklabels()]
    assert dict(zip(names, widths, strict=True)) == {"learning rate": 75, "batch size": 25}
    assert widths == sorted(widths)  # the longest bar stands on top


def test_a_search_of_scores_below_0_has_its_best_below_0(
    run: dict[str, Any], drawn: list[Any], tmp_path: Path
) -> None:
    run["search"]["trials"] = [trial(0, [-0.2, -0.2]), trial(1, [-0.1, -0.1])]
    drawings_of(run)[1].draw(tmp_path / "search.png")
    [best] = [x for x in drawn[0].axes[0].lines if x.get_drawstyle() == "steps-post"]
    assert [*best.get_ydata()] == pytest.approx([-20, -10])


def test_there_are_no_pictures_of_nothing(run: dict[str, Any], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    bare = {"search": run["search"] | {"importance": {}}, "training": {"history": [{"step": 1}]}}
    [drawing] = drawings_of(bare)
    drawing.draw(tmp_path / "search.png")
    assert (tmp_path / "search.png").stat().st_size > 1_000
    assert drawings_of({}) == []
