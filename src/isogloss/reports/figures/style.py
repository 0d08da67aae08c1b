"""The style of all figures: one width, one typeface, no decoration."""

import logging
import math
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isogloss.errors import needing
from isogloss.writing import write_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

logger = logging.getLogger(__name__)

WIDTH = 9.0
"""Inches. At 200 dots per inch a picture has 1800 pixels, twice what a page shows."""
_DPI = 200
_SVG_DPI = 130
"""Of what an SVG holds as pixels, such as clouds of points."""

PAPER = "#FFFFFF"
INK = "#222222"
FAINT = "#6E6E6E"
GRID = "#E4E4E4"
HOLLOW = "#F4F4F4"
HATCH = "#CFCFCF"
ON_LIGHT = "#212121"
ON_DARK = "#FEFEFE"
"""Text on a filled cell, which stays as it is where a page turns ink and paper around."""
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
"""Okabe and Ito's colors (Color Universal Design), less the yellow, which white swallows."""

DIVERGING = ("#B34700", "#E8A06A", "#F5F5F5", "#6DB1DA", "#005A8F")
"""Less, the same, more: orange to blue, told apart by every kind of color vision."""

_STYLE: Mapping[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "font.size": 9.5,
    "hatch.linewidth": 0.6,
    "svg.fonttype": "none",
    "svg.hashsalt": "isogloss",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.color": FAINT,
    "ytick.labelcolor": INK,
}

_FONTS = (
    "DejaVu Sans",
    *("Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Noto Sans JP", "Noto Sans KR"),
    *("Source Han Sans", "IPAGothic", "NanumGothic", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei"),
    *("Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Devanagari", "Noto Sans Bengali"),
    *("Noto Sans Tamil", "Noto Sans Thai", "Noto Sans Georgian", "Noto Sans Armenian"),
    *("Microsoft YaHei", "Yu Gothic", "Malgun Gothic", "Nirmala UI", "Leelawadee UI"),  # Windows
    *("PingFang SC", "Hiragino Sans", "Apple SD Gothic Neo", "Arial Unicode MS"),  # macOS
    *("Noto Emoji", "Segoe UI Emoji", "Segoe UI Symbol", "Symbola", "Unifont", "Unifont Upper"),
)
"""The first is always there; those of the others that are installed draw what it lacks."""
_LACKING = re.compile(r"Glyph .* missing from")
"""How matplotlib begins a warning of a letter that no font has."""

_COLORS = {
    PAPER: "paper",
    INK: "ink",
    FAINT: "faint",
    GRID: "grid",
    HOLLOW: "hollow",
    HATCH: "hatch",
    **{color: str(number) for number, color in enumerate(PALETTE, start=1)},
}


Paths = Path | str | Sequence[Path | str]
"""Where a picture goes: a file, or several, such as a PNG and an SVG."""


def check_plots() -> None:
    """Refuse to draw where nothing can be drawn with.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    with needing("plots", "plots", "matplotlib"):
        import matplotlib.figure  # noqa: F401


@contextmanager
def drawing(paths: Paths, *, width: float = WIDTH, height: float) -> "Iterator[Figure]":
    """A figure to draw on; written to all `paths` at the end, unless drawing failed.

    Settings of the user's own matplotlib do not reach it.

    Args:
        paths: the file or files, an SVG if it is called so, else a PNG; folders are made where
            they are missing.
        width: inches.
        height: inches.

    Yields:
        The empty figure.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OutputFolderError: a file cannot be written.
    """
    check_plots()
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({**_STYLE, "font.family": _fonts()})
        figure = Figure(figsize=(width, height), dpi=_DPI, layout="constrained")
        with _one_word_on_boxes():
            yield figure
            figure.draw_without_rendering()  # which lays it out, once for all files
            figure.set_layout_engine(None)
            places = [Path(p) for p in ([paths] if isinstance(paths, str | Path) else paths)]
            drawn = {place: _drawn(figure, place) for place in places}
    for place, content in drawn.items():
        write_whole(place, content)


@contextmanager
def _one_word_on_boxes() -> Iterator[None]:
    """Say once, and not for every letter in every picture, that some are drawn as boxes."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    lacking = [w for w in caught if _LACKING.search(str(w.message))]
    for other in caught:
        if other not in lacking:
            warnings.warn_explicit(other.message, other.category, other.filename, other.lineno)
    if lacking:
        _say_boxes()


@cache
def _say_boxes() -> None:
    logger.warning(
        "no font of this machine has some letters of the names in the plots, which are drawn as "
        "boxes; expected one that has them: install Noto Sans CJK, Noto Emoji, or another of the "
        "script"
    )


def _drawn(figure: "Figure", path: Path) -> bytes:
    """The same numbers give the same bytes."""
    drawn = BytesIO()
    if path.suffix.lower() == ".svg":
        metadata = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(drawn, format="svg", metadata=metadata, transparent=True, dpi=_SVG_DPI)
    else:
        figure.savefig(drawn, format="png", metadata={"Software": None})
    return drawn.getvalue()


@cache
def _fonts() -> tuple[str, ...]:
    from matplotlib.font_manager import fontManager

    there = {font.name for font in fontManager.ttflist}
    return tuple(name for name in _FONTS if name in there) or _FONTS[:1]


def for_page(svg: str, name: str) -> str:
    """An SVG as a part of an HTML page, whose style decides how large it is and in which colors.

    Args:
        svg: a picture that was drawn here.
        name: of the picture, unlike that of any other on the page.

    Returns:
        The `<svg>` element: its width in points is its variable `--wide`, ink, paper and palette
        are variables of the page such as `--plot-ink`, no name inside it is that of another
        picture, and it refers to nothing outside.
    """
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r' (?:xmlns(?::\w+)?|version)="[^"]*"', "", svg).replace("xlink:href", "href")
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) width="([\d.]*)pt"', r'\1 style="--wide: \2"', svg, count=1)
    svg = re.sub(r'(?<=id=")(?=[^"]+")|(?<=url\(#)|(?<=href="#)', f"{name}-", svg)
    for color, variable in _COLORS.items():
        svg = re.sub(f"{color}(?![0-9a-f])", f"var(--plot-{variable})", svg, flags=re.IGNORECASE)
    return svg.strip()


def ink_on(color: Sequence[float]) -> str:
    """The ink, light or dark, that stands out better on an sRGB color.

    Source: relative luminance and contrast ratio as WCAG 2.2 defines them.
    """
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color[:3]]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return ON_DARK if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.066 else ON_LIGHT


def finite(value: float | None) -> float | None:
    """The value; `None` for one that has no place on an axis."""
    return None if value is None or not math.isfinite(value) else value


def signed(number: str) -> str:
    """A written number with a minus of full width, and none before zero."""
    return (
        number.replace("-", "\N{MINUS SIGN}") if number.strip("-0.") else number.removeprefix("-")
    )


def ruled(axes: "Axes", axis: str) -> None:
    """Faint lines at the ticks of the `x` or `y` axis, and no tick marks."""
    axes.grid(visible=True, axis="x" if axis == "x" else "y", color=GRID, linewidth=0.8)
    axes.tick_params(length=0)


def titled(figure: "Figure", title: str, caption: str = "") -> None:
    """A title above all panels, and a faint line below them."""
    figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    if caption:
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=8, color=FAINT)


def noted(axes: "Axes", text: str, at: tuple[float, float], **more: Any) -> None:
    """Small faint text beside a point, `offset` points away from it."""
    look: dict[str, Any] = {"color": FAINT, "fontsize": 8, "xytext": more.pop("offset")}
    axes.annotate(text, at, textcoords="offset points", **(look | more))


def subtitled(axes: "Axes", title: str, note: str) -> None:
    """A panel's title with a faint line below it."""
    axes.set_title(f"{title}\n", fontsize=10)
    noted(axes, note, (0, 1), xycoords="axes fraction", offset=(0, 5), va="bottom")


def legend_beside(axes: "Axes") -> None:
    """A legend to the right of a panel."""
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)


def draw_cell(axes: "Axes", x: int, y: int, text: str, color: Any, **font: Any) -> None:
    """A cell of a grid: text on a color; hatched where `color` is `None`."""
    from matplotlib.patches import Rectangle

    corner = (x - 0.5, y - 0.5)
    if color is None:
        empty = Rectangle(corner, 1, 1, linewidth=0, hatch="////")
        empty.set(facecolor=HOLLOW, edgecolor=HATCH)
        axes.add_patch(empty)
        return
    axes.add_patch(Rectangle(corner, 1, 1, facecolor=color, edgecolor=PAPER))
    axes.text(x, y, text, ha="center", va="center", color=ink_on(color), **font)


def bare_grid(axes: "Axes", *, rows: int, columns: int) -> None:
    """Limits of a grid of cells, the first row at the top, without a frame."""
    axes.set_xlim(-0.5, columns - 0.5)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
