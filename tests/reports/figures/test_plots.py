"""Pictures are written, show what they should, and are the same every time."""

import itertools
import sys

import numpy as np
import pytest

from isogloss.errors import InputError, MissingExtraError
from isogloss.metrics.score import Score
from isogloss.reports import accuracy_bars, sts_heatmap, training_curve
from isogloss.reports.figures import bias_map, heatmap, score_scatter, style
from isogloss.reports.figures.bias import BiasPanel
from isogloss.reports.figures.scatter import Graded
from isogloss.runs.parts import Evaluated

WIDE = 1800


def words(figure):
    from matplotlib.text import Text

    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def png_width(path):
    content = path.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    return int.from_bytes(content[16:20], "big")


def test_the_curve_names_every_language_at_its_last_value(drawn, history, tmp_path):
    path = tmp_path / "new" / "curve.png"
    training_curve(history, path, best_step=17, source_name="English")
    assert png_width(path) == WIDE
    assert path.stat().st_size > 20_000
    found = words(drawn[0])
    assert {"English 0.01", "German 1.24", "Ukrainian 1.29", "all 0.85", "kept"} <= set(found)
    assert [axes.get_xlabel() for axes in drawn[0].axes] == ["training sentences seen"] * 2


def test_the_curve_leaves_out_what_was_not_logged(drawn, tmp_path):
    history = [
        Evaluated(step=10, loss=float("nan"), dev={"fvu_source": 0.2, "fvu_de": 1.2}),
        Evaluated(step=20, loss=None, dev={"fvu_de": 0.9}),
        Evaluated(step=30),
    ]
    training_curve(history, tmp_path / "curve.png")
    (axes,) = drawn[0].axes
    assert axes.get_xlabel() == "training steps"
    lines = {len(line.get_xdata()) for line in axes.get_lines()[:2]}
    assert lines == {1, 2}
    assert "1.0: no better than a constant" in words(drawn[0])


def test_of_two_values_at_one_step_the_later_counts(drawn, tmp_path):
    history = [Evaluated(step=step, loss=loss) for step, loss in ((1, 5.0), (2, 4.0), (1, 3.0))]
    training_curve(history, tmp_path / "curve.png")
    assert list(drawn[0].axes[0].get_lines()[0].get_ydata()) == [3.0, 4.0]


def test_bars_show_every_model_and_language_best_first(drawn, scores, tmp_path):
    accuracy_bars(scores, tmp_path / "bars.png")
    assert png_width(tmp_path / "bars.png") == WIDE
    assert (tmp_path / "bars.png").stat().st_size > 10_000
    (axes,) = drawn[0].axes
    ticks = [label.get_text() for label in axes.get_yticklabels()]
    assert ticks == ["English–German\n205 pairs", "English–Ukrainian\n205 pairs"]
    assert {"64.9", "46.6", "17.6", "1.2"} <= set(words(drawn[0]))
    assert len(axes.patches) == 6


def test_bars_tell_two_files_of_one_pair_apart(drawn, tmp_path):
    files = {"a.tsv": 0.3, "b.tsv": 0.6}
    rows = [
        Score("bitext", "en-de", "accuracy_mean", value, None, None, 9, "s", data=data)
        for data, value in files.items()
    ]
    accuracy_bars({"model": rows}, tmp_path / "bars.png")
    ticks = [label.get_text() for label in drawn[0].axes[0].get_yticklabels()]
    assert ticks == ["English–German\nb.tsv, 9 pairs", "English–German\na.tsv, 9 pairs"]


def test_the_heat_map_mirrors_one_order_and_hatches_what_is_missing(drawn, scores, tmp_path):
    pair = {label: scores[label] for label in ("untrained", "trained")}
    sts_heatmap(pair, tmp_path / "heat.png")
    assert (tmp_path / "heat.png").stat().st_size > 20_000
    before, after = drawn[0].axes
    assert [before.get_title("left"), after.get_title("left")] == ["untrained", "trained"]
    cells = {(text.get_position(), text.get_fontstyle()): text.get_text() for text in after.texts}
    assert cells[(1, 0), "normal"] == cells[(0, 1), "italic"] == "40.9"
    assert len(cells) == 5
    assert sum(patch.get_hatch() is not None for patch in after.patches) == 4


def test_both_orders_keep_their_own_value_and_several_files_their_mean():
    rows = [("en-de", 0.5), ("de-en", 0.7), ("en-de", 0.6)]
    scores = [Score("sts", pair, "spearman", value, None, None, 9, "s") for pair, value in rows]
    cells = heatmap._cells(scores)
    assert cells == {("en", "de"): pytest.approx(55), ("de", "en"): pytest.approx(70)}


def test_many_languages_stack_the_panels(drawn, tmp_path):
    codes = ["en", "de", "fr", "es", "it", "nl", "pt", "pl", "ru", "uk"]
    rows = [Score("sts", f"{a}-{a}", "spearman", 0.5, None, None, 9, "s") for a in codes]
    sts_heatmap({"before": rows, "after": rows}, tmp_path / "heat.png")
    lefts = {round(axes.get_position().x0, 3) for axes in drawn[0].axes}
    assert len(lefts) == 1


def test_the_same_numbers_give_the_same_bytes_whatever_the_users_settings(
    drawn, history, scores, tmp_path
):
    import matplotlib

    def draw(name):
        training_curve(history, tmp_path / f"{name}1.png")
        accuracy_bars(scores, tmp_path / f"{name}2.png")
        sts_heatmap(scores, tmp_path / f"{name}3.png")
        return [(tmp_path / f"{name}{at}.png").read_bytes() for at in (1, 2, 3)]

    first = draw("a")
    with matplotlib.rc_context({"font.size": 30, "savefig.dpi": 40, "axes.grid": True}):
        assert draw("b") == first
        assert matplotlib.rcParams["font.size"] == 30


SIXTEEN = ["ar", "cs", "de", "en", "es", "fr", "hi", "it", "ja", "nl", "pl", "pt", "ru", "tr"]
SIXTEEN += ["zh-CN", "zh-Hant"]


def graded(pair, value, data="a"):
    return Score("sts", pair, "spearman", value, None, None, 9, "s", data=data)


def overlaps(figure, texts):
    """Pairs of texts that touch on the drawn figure."""
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts if text.get_text()]
    return [(a, b) for (a, one), (b, two) in itertools.combinations(boxes, 2) if one.overlaps(two)]


@pytest.mark.parametrize("codes", [["de"], SIXTEEN[:2], SIXTEEN])
def test_the_heat_map_has_room_for_one_language_and_for_sixteen(codes, drawn, tmp_path):
    rows = [graded(f"{a}-{b}", 0.7) for a, b in itertools.product(codes, codes)]
    sts_heatmap({"a model": rows[: len(rows) - 1] or rows}, tmp_path / "heat.png")
    (axes,) = drawn[0].axes
    assert len(axes.patches) == len(codes) ** 2
    labels = [*axes.get_xticklabels(), *axes.get_yticklabels()]
    assert len(labels) == 2 * len(codes)
    assert overlaps(drawn[0], [*labels, *axes.texts]) == []


def test_the_heat_map_of_differences_leaves_out_what_one_side_lacks(drawn, tmp_path):
    scores = {
        "teacher": [graded("en-en", 0.8), graded("de-de", 0.4)],
        "student": [graded("en-en", 0.79), graded("de-de", 0.75), graded("en-de", 0.7)],
    }
    sts_heatmap(scores, tmp_path / "heat.png", against="teacher")
    (axes,) = drawn[0].axes
    assert axes.get_title("left") == "student"
    assert sorted(text.get_text() for text in axes.texts) == ["+35.0", "\N{MINUS SIGN}1.0"]
    with pytest.raises(InputError, match="beside one of 'student'"):
        sts_heatmap({"student": scores["student"]}, tmp_path / "x.png", against="student")


def test_sixteen_languages_do_not_touch_in_bars(drawn, tmp_path):
    rows = [
        Score("bitext", f"en-{code}", "accuracy_mean", 0.9, 0.8, 0.95, 1000, "s", data="a")
        for code in SIXTEEN
    ]
    models = {f"a-model-with-a-long-name-number-{at}": rows for at in range(5)}
    accuracy_bars(models, tmp_path / "bars.png")
    (axes,) = drawn[0].axes
    legend = axes.get_legend().get_texts()
    assert len(legend) == 5
    assert overlaps(drawn[0], [*axes.get_yticklabels(), *legend]) == []
    page = drawn[0].get_window_extent()
    assert all(page.x0 <= box.x0 and box.x1 <= page.x1 for box in map(_box, legend))


def _box(text):
    return text.get_window_extent()


def test_the_scatter_has_a_panel_per_model_with_its_correlation(drawn, tmp_path):
    gold = np.array([0.0, 1, 2, 3, 4, 5])
    panels = {
        "up": Graded(gold / 5, gold),
        "down": Graded(-gold, gold),
        "flat": Graded(gold * 0, gold),
    }
    score_scatter(panels, tmp_path / "scatter.png", title="English–German")
    found = words(drawn[0])
    assert {"up\n", "down\n", "flat\n", "English–German"} <= set(found)
    assert {"Spearman 100.0, 6 pairs", "Spearman -100.0, 6 pairs", "6 pairs"} <= set(found)
    assert len({axes.get_ylim() for axes in drawn[0].axes}) == 1
    five = {f"model {at}": panels["up"] for at in range(5)}
    score_scatter(five, tmp_path / "five.png")
    ticked = [axes.xaxis.get_tick_params()["labelbottom"] for axes in drawn[1].axes[:5]]
    assert ticked == [False, True, True, True, True]


@pytest.mark.parametrize("panels", [{}, {"m": Graded(np.zeros(2), np.zeros(3))}])
def test_a_scatter_without_pairs_is_an_error(panels, tmp_path):
    with pytest.raises(InputError, match="expected"):
        score_scatter(panels, tmp_path / "scatter.png")
    assert not list(tmp_path.iterdir())


def test_the_bias_map_colors_what_lies_off_the_column(drawn, tmp_path):
    means = np.array([[0.1, 0.5], [0.3, 0.5], [0.2, np.nan]])
    panels = {"model": BiasPanel(means, "bias \N{MINUS SIGN}1.0 (expected 77.0, actual 76.0)")}
    bias_map(panels, ["en-en", "de-de", "en-de"], [0, 2.5, 5], tmp_path / "bias.png")
    (axes,) = drawn[0].axes
    assert [text.get_text() for text in axes.get_xticklabels()] == ["0–2.5", "2.5–5"]
    names = [text.get_text() for text in axes.get_yticklabels()]
    assert names == ["English", "German", "English–German"]
    assert "bias \N{MINUS SIGN}1.0 (expected 77.0, actual 76.0)" in words(drawn[0])
    cells = [patch for patch in axes.patches if patch.get_hatch() is None]
    assert len(cells) == 5
    colors = [tuple(round(part, 2) for part in cell.get_facecolor()) for cell in cells]
    further, even, nearer, even_too, middle = colors
    assert even == even_too == middle
    assert further[0] > further[2]  # orange
    assert nearer[2] > nearer[0]  # blue


@pytest.mark.parametrize("n_models", [1, 5])
def test_the_bias_map_has_room_for_many_pairs(n_models, drawn, tmp_path):
    pairs = [f"en-{code}" for code in SIXTEEN] + [f"{code}-{code}" for code in SIXTEEN]
    means = np.random.default_rng(0).uniform(size=(32, 5))
    panels = {f"a model with a rather long name {at}": BiasPanel(means) for at in range(n_models)}
    bias_map(panels, pairs, range(6), tmp_path / "bias.png")
    for axes in drawn[0].axes[:n_models]:
        labels = [*axes.get_xticklabels(), *axes.get_yticklabels(), *axes.texts]
        assert overlaps(drawn[0], labels) == []


@pytest.mark.parametrize("means", [np.full((1, 2), np.nan), np.zeros((2, 2))])
def test_a_bias_map_without_numbers_is_an_error(means, tmp_path):
    with pytest.raises(InputError, match="expected"):
        bias_map({"m": BiasPanel(means)}, ["en-de"], [0, 1, 2], tmp_path / "bias.png")


def test_a_picture_for_a_page_has_its_names_to_itself(scores, tmp_path):
    pytest.importorskip("matplotlib")
    sts_heatmap(scores, tmp_path / "heat.svg")
    svg = (tmp_path / "heat.svg").read_text(encoding="utf-8")
    assert "http://www.w3.org/2000/svg" in svg
    shown = style.for_page(svg, "heat")
    assert shown.startswith("<svg")
    assert 'style="--wide: ' in shown
    assert "http" not in shown
    assert "var(--plot-ink)" in shown
    assert style.INK not in shown
    names = [part.partition('"')[0] for part in shown.split(' id="')[1:]]
    assert names
    assert all(name.startswith("heat-") for name in names)
    used = [part.partition(")")[0] for part in shown.split("url(#")[1:]]
    assert set(used) <= set(names)


@pytest.mark.parametrize("draw", [training_curve, accuracy_bars, sts_heatmap])
def test_nothing_to_draw_is_an_error_and_leaves_no_file(draw, tmp_path):
    nothing = [Evaluated(step=3)] if draw is training_curve else {"model": []}
    with pytest.raises(InputError, match="expected at least one"):
        draw(nothing, tmp_path / "plot.png")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("broken", ["matplotlib", "matplotlib.figure"])
def test_a_missing_or_broken_matplotlib_is_asked_for_by_name(scores, tmp_path, monkeypatch, broken):
    monkeypatch.setitem(sys.modules, broken, None)
    with pytest.raises(MissingExtraError, match=r"pip install 'isogloss\[plots\]'"):
        accuracy_bars(scores, tmp_path / "plot.png")
