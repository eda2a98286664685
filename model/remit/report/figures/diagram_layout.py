"""Where the boxes and arrows of the model diagram stand, from the moves that the model has; inches of a page.

Moves that share their origins and destinations pass through a branching point, so that the diagram can
be read; a branching point is drawn only where each of its origins has each of its destinations.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Move = tuple[str, str]
Point = tuple[float, float]

PAGE = 7.2
GRAPH = 4.95  # height of the graph; the decision tree stands above it
RAIL = 4.72  # height of the way back to the next line
HUB, SPLIT, BOTTOM = 2.25, 1.95, 0.7


@dataclass(frozen=True)
class Box:
    """A state: its text, its reported health state, and left, bottom, right, top."""

    text: str
    state: str
    left: float
    bottom: float
    right: float
    top: float

    @property
    def middle(self) -> Point:
        """Centre."""
        return (self.left + self.right) / 2, (self.bottom + self.top) / 2


@dataclass(frozen=True)
class Arrow:
    """A line through points; ``moves`` are those it stands for, ``state`` colours it.

    ``text`` stands at ``at``, on the side that ``align`` says (horizontal, vertical). ``head`` is
    whether it ends in an arrowhead, ``over`` whether it crosses other lines.
    """

    points: tuple[Point, ...]
    moves: frozenset[Move]
    state: str
    text: str = ""
    at: Point = (0.0, 0.0)
    align: tuple[str, str] = ("left", "center")
    head: bool = True
    over: bool = False


BOXES: Mapping[str, Box] = {
    "waiting": Box("Waiting\nfor therapy", "relapse", 0.35, 3.2, 1.25, 3.75),
    "treated": Box("Under\ntreatment", "relapse", 1.95, 3.2, 2.85, 3.75),
    "remission_hsct_planned": Box("HSCT planned", "remission", 3.66, 3.86, 4.8, 4.2),
    "remission": Box("In remission", "remission", 3.66, 3.3, 4.8, 3.64),
    "remission_immunoglobulin": Box("Immunoglobulin", "remission", 3.66, 2.74, 4.8, 3.08),
    "hsct_first_year": Box("First year", "hsct", 5.82, 3.86, 6.72, 4.2),
    "hsct_later": Box("Later years", "hsct", 5.82, 3.3, 6.72, 3.64),
    "refractory": Box("Refractory,\non salvage", "relapse", 1.15, 1.2, 2.05, 1.65),
    "rescued": Box("Rescued\nby salvage", "remission", 2.95, 1.2, 3.95, 1.65),
    "relapsed": Box("Relapsed,\non salvage", "relapse", 4.85, 1.2, 5.75, 1.65),
    "dead": Box("Dead", "death", 0.35, 0.34, 7.1, BOTTOM),
}
REMISSIONS = ("remission_hsct_planned", "remission", "remission_immunoglobulin")
TRANSPLANTED = ("hsct_first_year", "hsct_later")
FRAMES: Mapping[tuple[str, ...], Box] = {
    REMISSIONS: Box("Remission", "remission", 3.5, 2.62, 4.95, 4.5),
    TRANSPLANTED: Box("HSCT", "hsct", 5.65, 3.18, 6.86, 4.5),
}


def lay_out(moves: Mapping[Move, str]) -> tuple[list[Arrow], list[Move]]:
    """Return the arrows that stand for the moves, and the moves that have no place in the drawing.

    Parameters
    ----------
    moves
        Texts by (origin, destination).
    """
    arrows = [
        *_forward(moves),
        *_deaths(moves),
        *_next_line(moves),
        *_failures(moves),
        *_relapses(moves),
    ]
    shown = {move for arrow in arrows for move in arrow.moves}
    return arrows, [move for move in moves if move not in shown]


def present(moves: Iterable[Move]) -> list[str]:
    """Return the states that the moves touch, in the order of the drawing."""
    touched = {state for move in moves for state in move}
    return [name for name in BOXES if name in touched]


def _members(frame: tuple[str, ...], moves: Iterable[Move]) -> list[str]:
    drawn = present(moves)
    return [name for name in frame if name in drawn]


def _joined(moves: Mapping[Move, str], some: Iterable[Move]) -> str:
    return " or\n".join(dict.fromkeys(moves[move] for move in some))


def _forward(moves: Mapping[Move, str]) -> list[Arrow]:
    """Infusion, remission, HSCT and what follows within remission and HSCT."""
    one = {
        ("waiting", "treated"): Arrow(
            ((1.25, 3.475), (1.95, 3.475)), frozenset(), "treated", "", (1.58, 3.51), ("center", "bottom")
        ),
        ("remission_hsct_planned", "hsct_first_year"): Arrow(
            ((4.8, 4.03), (5.82, 4.03)), frozenset(), "hsct", "", (5.3, 4.06), ("center", "bottom")
        ),
        ("hsct_first_year", "hsct_later"): Arrow(
            ((6.02, 3.86), (6.02, 3.64)), frozenset(), "hsct", "", (6.07, 3.75)
        ),
        ("remission_immunoglobulin", "remission"): Arrow(
            ((3.82, 3.08), (3.82, 3.3)), frozenset(), "remission", "", (3.86, 3.19)
        ),
    }
    arrows = [
        Arrow(a.points, frozenset({move}), a.state, moves[move], a.at, a.align)
        for move, a in one.items()
        if move in moves
    ]
    members = _members(REMISSIONS, moves)
    entered = [name for name in members if ("treated", name) in moves]
    if entered and entered == members:
        reached = frozenset(("treated", name) for name in entered)
        text = moves["treated", entered[0]]
        arrows.append(
            Arrow(
                ((2.85, 3.475), (3.5, 3.475)), reached, "remission", text, (3.16, 3.51), ("center", "bottom")
            )
        )
    else:
        for name in entered:
            move = ("treated", name)
            y = BOXES[name].middle[1]
            points = ((2.85, 3.475), (3.1, 3.475), (3.1, y), (3.66, y))
            arrows.append(Arrow(points, frozenset({move}), "remission"))
    return arrows


def _deaths(moves: Mapping[Move, str]) -> list[Arrow]:
    """Straight down to death, where the way is free; deaths after HSCT along the right edge."""
    ways: dict[str, tuple[float, Point]] = {
        "waiting": (0.55, (0.6, 1.42)),
        "refractory": (1.6, (1.65, 0.95)),
        "treated": (2.65, (2.7, 2.75)),
        "rescued": (3.45, (3.5, 0.95)),
        "relapsed": (5.3, (5.35, 0.95)),
    }
    arrows = []
    for name, (x, at) in ways.items():
        if (name, "dead") in moves:
            points = ((x, BOXES[name].bottom), (x, BOTTOM))
            arrows.append(Arrow(points, frozenset({(name, "dead")}), "death", moves[name, "dead"], at))
    arrows += _from_frame(moves, REMISSIONS, "dead", ((4.35, 2.62), (4.35, BOTTOM)), 3.58, (4.4, 0.95))
    dying = [(name, "dead") for name in TRANSPLANTED if (name, "dead") in moves]
    for place, move in enumerate(dying):
        y, text = BOXES[move[0]].middle[1], "" if place else _joined(moves, dying)
        way = ((6.72, y), (7.02, y), (7.02, BOTTOM))
        arrows.append(Arrow(way, frozenset({move}), "death", text, (6.97, 0.95), ("right", "center")))
    return arrows


def _next_line(moves: Mapping[Move, str]) -> list[Arrow]:
    """Up to the rail at the top and back to the wait for the next therapy."""
    end = ((0.8, RAIL), (0.8, 3.75))
    arrows = []
    for name, x in (("waiting", 1.08), ("treated", 2.65)):
        if (name, "waiting") in moves:
            arrows.append(Arrow(((x, 3.75), (x, RAIL), *end), frozenset({(name, "waiting")}), "waiting"))
    arrows += _from_frame(moves, REMISSIONS, "waiting", ((4.2, 4.5), (4.2, RAIL), *end), 3.58)
    arrows += _from_frame(moves, TRANSPLANTED, "waiting", ((6.25, 4.5), (6.25, RAIL), *end), 5.735)
    if arrows:
        last, text = arrows[-1], next(text for (_, to), text in moves.items() if to == "waiting")
        arrows[-1] = Arrow(last.points, last.moves, last.state, text, (1.2, RAIL + 0.03), ("left", "bottom"))
    return arrows


def _from_frame(
    moves: Mapping[Move, str],
    frame: tuple[str, ...],
    destination: str,
    way: tuple[Point, ...],
    channel: float,
    at: Point = (0.0, 0.0),
    *,
    head: bool = True,
) -> list[Arrow]:
    """Draw one way from a frame if all its states have the move, else from each state that has it."""
    members = _members(frame, moves)
    origins = [name for name in members if (name, destination) in moves]
    if not origins:
        return []
    text = _joined(moves, [(name, destination) for name in origins]) if at != (0.0, 0.0) else ""
    state = destination if destination == "waiting" else BOXES[destination].state
    if origins == members:
        return [Arrow(way, frozenset((name, destination) for name in origins), state, text, at, head=head)]
    arrows = []
    for name in origins:
        box, (start, *rest) = BOXES[name], way
        side = box.left if channel < box.left else box.right
        y = box.middle[1] + (
            0.08 if start[1] > box.top else -0.08
        )  # beside what leaves or enters at half height
        outside = start[1] + (0.07 if start[1] > y else -0.07)
        turn = [(channel, outside), (start[0], outside)] if rest[0][0] == start[0] and rest[0][1] < y else []
        corner = [(channel, rest[0][1])] if not turn else []
        tail = rest if turn else rest[1:]
        points = ((side, y), (channel, y), *turn, *corner, *tail)
        arrows.append(Arrow(points, frozenset({(name, destination)}), state, text, at, head=head))
        text = ""
    return arrows


def shared(
    origins: Iterable[str], destinations: Iterable[str], moves: Iterable[Move]
) -> tuple[list[str], list[str]]:
    """Return origins that have one and the same set of destinations, the commonest, and that set.

    Examples
    --------
    >>> shared("ab", "xy", [("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")])
    (['a', 'b'], ['x', 'y'])
    """
    has = set(moves)
    wanted = list(destinations)
    sets = {name: tuple(d for d in wanted if (name, d) in has) for name in origins}
    common = Counter(found for found in sets.values() if found).most_common()
    if not common:
        return [], []
    best = max(common, key=lambda pair: (pair[1], len(pair[0])))[0]
    return [name for name, found in sets.items() if found == best], list(best)


def _failures(moves: Mapping[Move, str]) -> list[Arrow]:
    """No infusion or no response: a branching point above salvage."""
    origins, ends = shared(("waiting", "treated"), ("refractory", "rescued"), moves)
    arrows = []
    points: tuple[Point, ...]
    for name in origins:
        own = frozenset((name, end) for end in ends)
        text = moves[name, ends[0]]
        if name == "waiting":
            points = ((0.95, 3.2), (0.95, HUB), (1.6, HUB))
            arrows.append(
                Arrow(points, own, "relapse", text, (1.0, HUB + 0.04), ("left", "bottom"), head=False)
            )
        else:
            points = ((2.06, 3.2), (2.06, HUB), (1.6, HUB))
            arrows.append(Arrow(points, own, "relapse", text, (2.11, 2.75), head=False))
    return arrows + _salvage(origins, ends, "refractory", 1.6, 3.2, (1.68, SPLIT + 0.03))


def _relapses(moves: Mapping[Move, str]) -> list[Arrow]:
    """Relapse in remission or after HSCT: a branching point above salvage."""
    origins, ends = shared((*REMISSIONS, *TRANSPLANTED), ("relapsed", "rescued"), moves)
    some = {(name, "relapsed"): moves[name, ends[0]] for name in origins}
    context = {**{move: text for move, text in moves.items() if move[1] != "relapsed"}, **some}
    left = ((4.88, 2.62), (4.88, HUB), (5.3, HUB))
    right = ((5.9, 3.18), (5.9, HUB), (5.3, HUB))
    arrows = []
    for frame, way, channel, at in (
        (REMISSIONS, left, 4.88, (4.92, HUB + 0.11)),
        (TRANSPLANTED, right, 5.735, (5.5, HUB + 0.11)),
    ):
        for arrow in _from_frame(context, frame, "relapsed", way, channel, at, head=False):
            own = frozenset((name, end) for name, _ in arrow.moves for end in ends)
            arrows.append(Arrow(arrow.points, own, "relapse", arrow.text, at, head=False))
    return arrows + _salvage(origins, ends, "relapsed", 5.3, 3.7, (4.42, SPLIT + 0.03))


def _salvage(
    origins: list[str], ends: list[str], failed: str, x: float, rescue: float, at: Point
) -> list[Arrow]:
    """From a branching point to salvage that fails, straight down, and to rescue, along the split."""
    arrows = []
    if failed in ends:
        own = frozenset((name, failed) for name in origins)
        arrows.append(Arrow(((x, HUB), (x, 1.65)), own, "relapse"))
    if "rescued" in ends:
        own = frozenset((name, "rescued") for name in origins)
        points: tuple[Point, ...] = ((x, SPLIT), (rescue, SPLIT), (rescue, 1.65))
        if failed not in ends:
            points = ((x, HUB), *points)
        arrows.append(Arrow(points, own, "remission", "salvage succeeds", at, ("left", "bottom"), over=True))
    return arrows
