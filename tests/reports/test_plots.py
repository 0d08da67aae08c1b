"""Pictures are written, show what they should, and are the same every time."""

import sys

import pytest

from isogloss.errors import InputError, MissingExtraError
from isogloss.metrics.score import Score
from isogloss.reports import accuracy_bars, sts_heatmap, training_curve
from isogloss.reports.plots import curve, heatmap

WIDE = 1800


@pytest.fixture
def drawn(monkeypatch):
    """The figures that were drawn, with all of their words."""
    figure = pytest.importorskip("matplotlib.figure")
    seen = []
    savefig = figure.Figure.savefig

    def keep(self, *args, **kwargs):
        savefig(self, *args, **kwargs)
        seen.append(self)

    monkeypatch.setattr(figure.Figure, "savefig", keep)
    return seen


def words(figure):
    from matplotlib.text import Text

    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def png_width(path):
    content = path.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    return int.from_bytes(content[16:20], "big")


def test_the_curve_names_every_language_at_its_last_value(drawn, history, tmp_path):
    path = tmp_path / "new" / "curve.png"
    training_curve(history, path, best_step=1100, source_name="English")
    assert png_width(path) == WIDE
    assert path.stat().st_size > 20_000
    found = words(drawn[0])
    assert {"English 0.04", "German 0.32", "Japanese 0.43", "all 0.29", "kept"} <= set(found)
    assert [axes.get_xlabel() for axes in drawn[0].axes] == ["training sentences seen"] * 2


def test_the_curve_leaves_out_what_was_not_logged(drawn, tmp_path):
    history = [
        {"step": 10, "loss": float("nan"), "dev": {"fvu_source": 0.2, "fvu_de": 1.2}},
        {"step": 20, "loss": None, "dev": {"fvu_de": 0.9}},
        {"step": 30},
    ]
    training_curve(history, tmp_path / "curve.png")
    (axes,) = drawn[0].axes
    assert axes.get_xlabel() == "training steps"
    lines = {len(line.get_xdata()) for line in axes.get_lines()[:2]}
    assert lines == {1, 2}
    assert "1.0: no better than a constant" in words(drawn[0])


def test_of_two_values_at_one_step_the_later_counts(drawn, tmp_path):
    history = [{"step": step, "loss": loss} for step, loss in ((1, 5.0), (2, 4.0), (1, 3.0))]
    training_curve(history, tmp_path / "curve.png")
    assert list(drawn[0].axes[0].get_lines()[0].get_ydata()) == [3.0, 4.0]


def test_labels_keep_their_distance_and_move_no_further_than_they_must():
    assert curve._spread([0.1, 0.9, 0.5], gap=0.1) == pytest.approx([0.1, 0.9, 0.5])
    assert curve._spread([0.5, 0.5], gap=0.2) == pytest.approx([0.4, 0.6])
    assert curve._spread([0.52, 0.0, 0.5], gap=0.1) == pytest.approx([0.56, 0.0, 0.46])


def test_smoothing_keeps_a_line_straight_and_flattens_noise():
    line = [float(at) for at in range(100)]
    assert curve._smoothed(line) == pytest.approx(line)
    noise = [(-1.0) ** at for at in range(100)]
    assert max(map(abs, curve._smoothed(noise)[10:-10])) < 0.2


def test_bars_show_every_model_and_language_best_first(drawn, scores, tmp_path):
    accuracy_bars(scores, tmp_path / "bars.png")
    assert png_width(tmp_path / "bars.png") == WIDE
    assert (tmp_path / "bars.png").stat().st_size > 10_000
    (axes,) = drawn[0].axes
    ticks = [label.get_text() for label in axes.get_yticklabels()]
    assert ticks == ["English–German\n1,000 pairs", "English–Japanese\n500 pairs"]
    assert {"76.1", "48.2", "11.2", "0.4"} <= set(words(drawn[0]))
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
    assert cells[(1, 0), "normal"] == cells[(0, 1), "italic"] == "64.6"
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


@pytest.mark.parametrize("draw", [training_curve, accuracy_bars, sts_heatmap])
def test_nothing_to_draw_is_an_error_and_leaves_no_file(draw, tmp_path):
    nothing = [{"step": 3}] if draw is training_curve else {"model": []}
    with pytest.raises(InputError, match="expected at least one"):
        draw(nothing, tmp_path / "plot.png")
    assert not list(tmp_path.iterdir())


def test_a_missing_matplotlib_is_asked_for_by_name(scores, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'isogloss\[plots\]'"):
        accuracy_bars(scores, tmp_path / "plot.png")
