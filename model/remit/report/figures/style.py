"""How every figure looks: colours, names, money, captions. Nothing here reads, saves or keeps state."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # matplotlib takes half a second to load, seaborn more
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 7.0  # inches: the text width of a page
GREY, LIGHT, DARK = "#6b6b6b", "#d9d9d9", "#222222"
CAPTION_SIZE, LINE = 6.5, 0.125  # points, and inches from one line of it to the next

# Places in seaborn's colour-blind palette; the first three strategies share no colour with a health state.
_STRATEGY_PLACES = (0, 1, 4, 5, 2, 3, 9, 6, 8, 7)
_STATE_PLACES = {"relapse": 3, "remission": 2, "hsct": 9, "death": 7}
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">")
STATE_LABELS: Mapping[str, str] = {
    "relapse": "Relapsed or refractory",
    "remission": "Remission",
    "hsct": "After HSCT",
    "death": "Dead",
    "events": "Losses at events",
}


@dataclass(frozen=True)
class Context:
    """What a reader must know to read a figure: strategies and their labels, and on what it rests.

    ``labels`` are by strategy; ``draws`` and ``seed`` those of PSA; ``horizon_years`` in years;
    ``threshold`` in ``currency`` per QALY; ``explained`` is the strategy that sensitivity analyses explain.
    """

    title: str
    strategies: tuple[str, ...]
    labels: Mapping[str, str]
    comparator: str
    currency: str
    price_year: str
    discount_costs: float
    discount_qalys: float
    correction: str
    perspective: str
    horizon_years: float
    start: str
    threshold: float
    draws: int
    seed: int
    explained: str = ""

    def label(self, strategy: str) -> str:
        """Return how a strategy is called; a name without a label loses its underscores."""
        return self.labels.get(strategy, strategy.replace("_", " ").capitalize())

    @property
    def unit(self) -> str:
        """Currency and price year, for axes."""
        return f"{self.currency}, {self.price_year}"

    def caption(self, note: str = "", *, psa: bool = False, discounted: bool = True) -> str:
        """Return the line below a figure: ``note`` first, then what all figures of a study share."""
        corrected = (
            "no within-cycle correction"
            if self.correction in ("start", "end")
            else f"{self.correction} correction"
        )
        parts = [
            note,
            f"{self.title}: {self.perspective} perspective, {self.horizon_years:g} years from "
            f"{'enrolment' if self.start == 'enrolled' else 'first infusion'}.",
            f"Costs in {self.currency} (price year {self.price_year}).",
            f"{self._discounting()}; {corrected}." if discounted else "",
            f"PSA: {self.draws:,} draws, seed {self.seed}." if psa else "",
        ]
        return " ".join(part for part in parts if part)

    def _discounting(self) -> str:
        return (
            f"Discounted at {100 * self.discount_costs:.3g}% (costs) and {100 * self.discount_qalys:.3g}% "
            "(QALYs) a year"
        )


@contextmanager
def house_style() -> Iterator[None]:
    """Draw on white with a light grey grid, in sizes that can be read on a page."""
    import matplotlib as mpl
    import seaborn as sns

    sizes = {"font.size": 8, "axes.titlesize": 8.5, "axes.labelsize": 8, "xtick.labelsize": 7.5}
    more = {"ytick.labelsize": 7.5, "legend.fontsize": 7.5, "axes.titleweight": "bold", "axes.linewidth": 0.7}
    looks = {
        "grid.color": "#e6e6e6",
        "grid.linewidth": 0.6,
        "axes.edgecolor": "#9a9a9a",
        "legend.frameon": False,
    }
    plain = {"font.family": ["sans-serif"], "font.sans-serif": ["DejaVu Sans"], "text.usetex": False}
    ticks = {"xtick.bottom": True, "ytick.left": True, "xtick.major.size": 2.5, "ytick.major.size": 2.5}
    colours = {"xtick.color": "#555555", "ytick.color": "#555555", "axes.titlelocation": "left"}
    with mpl.rc_context(
        {**sns.axes_style("whitegrid"), **sizes, **more, **looks, **plain, **ticks, **colours}
    ):
        yield


def new_figure(height: float, title: str, caption: str, *, head: float = 0.0, width: float = WIDTH) -> Figure:
    """Return a figure with its title above and its caption below; what is drawn stays between them.

    Parameters
    ----------
    height, width
        Inches, of the part between title and caption and of the page.
    head
        Inches kept free below the title, for a legend (see `legend_below_title`).
    """
    from matplotlib.figure import Figure

    lines = textwrap.wrap(caption, int(width * 19.3))
    top, foot = 0.2 + 0.17 * (title.count("\n") + 1) + head, LINE * len(lines) + 0.16
    whole = height + top + foot
    figure = Figure(figsize=(width, whole), facecolor="white", layout="constrained")
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.set(rect=(0.0, foot / whole, 1.0, height / whole), w_pad=0.06, h_pad=0.05)  # type: ignore[call-arg]
    figure.text(
        0.08 / width, 1 - 0.1 / whole, title, ha="left", va="top", fontsize=10, fontweight="bold", color=DARK
    )
    text = "\n".join(lines)
    figure.text(
        0.08 / width,
        0.07 / whole,
        text,
        ha="left",
        va="bottom",
        fontsize=CAPTION_SIZE,
        color=GREY,
        gid="caption",
    )
    return figure


def legend_below_title(figure: Figure, handles: list[Any], *, columns: int = 4) -> None:
    """Put a legend in the space that ``head`` of `new_figure` keeps free."""
    height = figure.get_figheight()
    legend = figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.08 / figure.get_figwidth(), 1 - 0.36 / height),
        ncols=columns,
        borderpad=0,
        borderaxespad=0,
        handlelength=1.2,
        columnspacing=1.6,
    )
    legend.set_in_layout(False)


def strategy_colours(strategies: Sequence[str]) -> dict[str, str]:
    """Return the colour of each strategy, by its place in the study's list."""
    palette = _palette()
    return {name: palette[_STRATEGY_PLACES[i % len(_STRATEGY_PLACES)]] for i, name in enumerate(strategies)}


def strategy_markers(strategies: Sequence[str]) -> dict[str, str]:
    """Return the marker of each strategy, by its place in the study's list."""
    return {name: _MARKERS[i % len(_MARKERS)] for i, name in enumerate(strategies)}


def state_colours() -> dict[str, str]:
    """Return the colour of each reported health state; death is grey."""
    palette = _palette()
    return {state: palette[place] for state, place in _STATE_PLACES.items()}


def shade(colour: str, towards: str, share: float) -> str:
    """Mix a share of another colour into a colour."""
    from matplotlib.colors import to_hex, to_rgb

    pairs = zip(to_rgb(colour), to_rgb(towards), strict=True)
    return str(to_hex([(1 - share) * own + share * other for own, other in pairs]))


def ink(colour: str) -> str:
    """Return a colour dark enough for text on white."""
    from matplotlib.colors import to_rgb

    red, green, blue = to_rgb(colour)
    luminance = 0.299 * red + 0.587 * green + 0.114 * blue
    return shade(colour, "#000000", min(0.55, max(0.0, luminance - 0.3) * 1.1))


def money(amount: float, currency: str = "", *, digits: int | None = None) -> str:
    """Write money with thousands separators, to 1 or to some significant digits.

    Examples
    --------
    >>> money(31682.4, "EUR", digits=3), money(-1234.5)
    ('EUR 31,700', '−1,234')
    """
    rounded = float(f"{amount:.{digits}g}") if digits else amount
    written = f"{abs(rounded):,.0f}"
    sign = "−" if rounded < 0 and written != "0" else ""
    return f"{currency} {sign}{written}" if currency else f"{sign}{written}"


def percent(share: float) -> str:
    """Write a share as a percentage that never rounds something to nothing.

    Examples
    --------
    >>> percent(0.934), percent(0.001), percent(0.9996), percent(0.0)
    ('93%', '<1%', '>99%', '0%')
    """
    if 0 < share < 0.005:
        return "<1%"
    if 0.995 <= share < 1:
        return ">99%"
    return f"{100 * share:.0f}%"


def money_axis(axis: Any, *, most: int = 6) -> None:  # noqa: ANN401 - an axis of matplotlib
    """Group the thousands of an axis."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(nbins=most, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: money(value)))


def percent_axis(axis: Any) -> None:  # noqa: ANN401 - an axis of matplotlib
    """Write an axis of shares from 0 to 100%."""
    from matplotlib.ticker import FixedLocator, FuncFormatter

    axis.set_major_locator(FixedLocator([0, 0.25, 0.5, 0.75, 1]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.0f}%"))


def wrapped(text: str, width: int) -> str:
    """Break a label into lines of about ``width`` characters."""
    return "\n".join(textwrap.wrap(text, width, break_long_words=True)) or text


def no_spines(axes: Axes, *sides: str) -> None:
    """Take some sides of the frame away."""
    for side in sides or ("top", "right"):
        axes.spines[side].set_visible(False)


def _palette() -> list[str]:
    import seaborn as sns

    return [str(colour) for colour in sns.color_palette("colorblind").as_hex()]
