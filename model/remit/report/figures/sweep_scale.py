"""The scale of what a sweep varies: numbers with their unit where values have one, else labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from remit.inputs.units import CURRENCIES, is_time, to_years
from remit.report.figures.style import money, money_axis, wrapped
from remit.report.sweep_drawing import SweepAxis

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axis import Axis

FEW = 7  # values that each have a tick
LEVEL = 22  # characters of a label before it is broken


@dataclass(frozen=True)
class Scale:
    """The values of a column, row by row: ``numbers`` where they stand on a scale, and ``texts`` for each.

    ``title`` has the unit; ``kind`` is ``share``, ``money``, ``number`` or ``label``. ``ends`` are
    those of the range that the values were drawn from.
    """

    title: str
    kind: str
    numbers: NDArray[np.float64]
    texts: tuple[str, ...]
    ends: tuple[float, float] | None = None

    @property
    def is_numeric(self) -> bool:
        """Whether the values stand on a scale of numbers."""
        return self.kind != "label"

    def written(self, number: float) -> str:
        """Return a number as it is shown, without its unit."""
        if self.kind == "share":
            return f"{100 * number:.3g}%"
        return money(number) if self.kind == "money" else f"{number:,.4g}"

    @property
    def extent(self) -> str:
        """Say what is varied, and from where to where or among what."""
        if not self.is_numeric:
            return f"{self.title} ({'; '.join(dict.fromkeys(self.texts))})"
        ends = self.ends or (float(self.numbers.min()), float(self.numbers.max()))
        low, high = (self.written(end) for end in ends)
        return f"{self.title}, {low} to {high}"

    def show_on(self, axis: Axis) -> None:
        """Write the values on an axis of a figure."""
        from matplotlib.ticker import FuncFormatter, MaxNLocator

        places = np.unique(self.numbers)
        if self.kind == "label":
            each = dict(zip(self.numbers.tolist(), self.texts, strict=True))
            axis.set_ticks(list(each), [wrapped(text, LEVEL) for text in each.values()])
        elif places.size <= FEW:
            axis.set_ticks(places, [self.written(float(place)) for place in places])
        elif self.kind == "money":
            money_axis(axis)
        else:
            axis.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 2.5, 5, 10]))
            axis.set_major_formatter(FuncFormatter(lambda value, _: self.written(value)))


def scale_of(axis: SweepAxis, column: pd.Series) -> Scale:
    """Return the scale of an axis of a sweep from its column of the table.

    Numbers and times with their units stand on a scale; times of different units in years.
    """
    values = list(column)
    if all(isinstance(value, int | float) for value in values):
        numbers = np.array(values, dtype=np.float64)
        return _of_numbers(axis, numbers)
    if all(isinstance(value, str) and is_time(value) for value in values):
        units = {value.split()[1].removesuffix("s") for value in values}
        unit = units.pop() if len(units) == 1 else "year"
        numbers = np.array([to_years(value) / to_years(f"1 {unit}") for value in values])
        return Scale(f"{axis.title} ({unit}s)", "number", numbers, tuple(map(str, values)))
    texts = [axis.labels.get(str(value), str(value)) for value in values]
    places = {text: float(place) for place, text in enumerate(dict.fromkeys(texts))}
    return Scale(axis.title, "label", np.array([places[text] for text in texts]), tuple(texts))


def _of_numbers(axis: SweepAxis, numbers: NDArray[np.float64]) -> Scale:
    kind = "share" if axis.unit == "share" else "money" if axis.unit[:3] in CURRENCIES else "number"
    title = f"{axis.title} ({axis.unit})" if axis.unit and kind != "share" else axis.title
    bare = Scale(title, kind, numbers, (), axis.ends)
    return replace(bare, texts=tuple(bare.written(float(number)) for number in numbers))
