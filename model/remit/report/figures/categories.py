"""How categories of costs look in every figure: their names, colours and legend."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from remit.report.figures.style import shade

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Looks = dict[str, tuple[str, str]]  # label and colour of each part

# Groups of cost categories: title, where its legend begins, colour (its shades tell them apart), categories.
_GROUPS: tuple[tuple[str, float, str, dict[str, str]], ...] = (
    (
        "Therapy",
        0.02,
        "#0173b2",
        {
            "drug": "Drug or cell product",
            "apheresis_bridging": "Apheresis and bridging",
            "administration_hospital": "Administration in hospital",
            "adverse_events": "Adverse events",
            "immunoglobulin": "Immunoglobulin",
        },
    ),
    (
        "Later care",
        0.32,
        "#de8f05",
        {
            "hsct": "HSCT",
            "salvage": "Salvage therapy",
            "follow_up": "Follow-up",
            "end_of_life": "End of life",
        },
    ),
    (
        "Further years of life",
        0.53,
        "#029e73",
        {"future_medical": "Future medical", "future_non_medical": "Future non-medical"},
    ),
    (
        "Family and society",
        0.78,
        "#cc78bc",
        {"productivity": "Productivity", "informal_care": "Informal care", "travel": "Travel"},
    ),
)


def category_looks(present: Iterable[str]) -> Looks:
    """Return label and colour of the categories present, in the order in which they are stacked."""
    names = list(present)
    looks: Looks = {}
    for _, _, colour, categories in _GROUPS:
        for place, (name, label) in enumerate(categories.items()):
            if name in names:
                looks[name] = (label, shade(colour, "#ffffff", 0.7 * place / (len(categories) - 1)))
    for name in names:
        looks.setdefault(name, (name.replace("_", " ").capitalize(), "#949494"))
    return looks


def category_legend(axes: Axes, looks: Looks, *, top: float = 1.05) -> None:
    """Put one legend a group side by side over the whole width of the page, ``top`` in parts of the axes."""
    from matplotlib.patches import Patch
    from matplotlib.transforms import blended_transform_factory

    figure = axes.get_figure(root=True)
    assert figure is not None  # noqa: S101 (for the type checker)
    place = blended_transform_factory(figure.transFigure, axes.transAxes)
    known = {name for _, _, _, categories in _GROUPS for name in categories}
    rest = {name: looks[name][0] for name in looks if name not in known}
    for title, left, _, categories in (
        *_GROUPS[:2],
        (*_GROUPS[2][:3], {**_GROUPS[2][3], **rest}),
        _GROUPS[3],
    ):
        handles = [
            Patch(facecolor=looks[name][1], label=looks[name][0]) for name in categories if name in looks
        ]
        if handles:
            legend = figure.legend(
                handles=handles,
                title=title,
                loc="upper left",
                bbox_to_anchor=(left, top),
                bbox_transform=place,
                handlelength=1.1,
                handleheight=0.8,
                labelspacing=0.3,
                alignment="left",
                borderpad=0,
                fontsize=7,
                title_fontproperties={"weight": "bold", "size": 7.5},
            )
            legend.set_in_layout(False)
