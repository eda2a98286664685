"""Outcomes of the strata of a population, of the levels of its features, and of all together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from remit.economics.outcomes import Outcomes, mix_outcomes, stack_draws

Array = NDArray[np.float64]
ALL = "all"


@dataclass(frozen=True)
class StratumOutcomes:
    """Outcomes of patients who share what ``levels`` says, feature -> level: (draw, strategy).

    ``share`` is theirs of the population, (draw,). All patients together share nothing.
    """

    name: str
    levels: Mapping[str, str]
    share: Array
    outcomes: Outcomes

    def replaced(self, draws: NDArray[np.intp], other: StratumOutcomes) -> StratumOutcomes:
        """Return the same with some draws taken from ``other``."""
        return replace(self, outcomes=self.outcomes.replaced(draws, other.outcomes))

    def repeated(self, n_draws: int) -> StratumOutcomes:
        """Return the first draw ``n_draws`` times."""
        share = self.share[:1].repeat(n_draws)
        return replace(self, share=share, outcomes=self.outcomes.repeated(n_draws))


def mixture(strata: Sequence[StratumOutcomes]) -> StratumOutcomes:
    """Return all patients together: strata weighed by their shares."""
    mixed = mix_outcomes([s.outcomes for s in strata], [s.share for s in strata])
    return StratumOutcomes(ALL, {}, np.ones_like(strata[0].share), mixed)


def whole(strata: Sequence[StratumOutcomes]) -> list[StratumOutcomes]:
    """Return all patients together, as the only group."""
    return [mixture(strata)]


def whole_and_strata(strata: Sequence[StratumOutcomes]) -> list[StratumOutcomes]:
    """Return all patients together, and the totals of each stratum."""
    return [mixture(strata), *(replace(s, outcomes=s.outcomes.without_parts()) for s in strata)]


def features_of(strata: Sequence[Mapping[str, str]]) -> dict[str, tuple[str, ...]]:
    """Return the levels of every feature in which strata differ, each given by its levels.

    Examples
    --------
    >>> features_of([{"tempo": "slow", "burden": "low"}, {"tempo": "slow", "burden": "high"}])
    {'tempo': ('slow',), 'burden': ('low', 'high')}
    """
    names = dict.fromkeys(feature for levels in strata for feature in levels)
    return {name: tuple(dict.fromkeys(levels[name] for levels in strata)) for name in names}


def groups_of(strata: Sequence[StratumOutcomes]) -> Iterator[tuple[str, StratumOutcomes]]:
    """Yield each group of patients that is reported, with its feature.

    All together, the levels of every feature, and, where there is more than one feature, the strata
    (feature ``stratum``).
    """
    yield ALL, mixture(strata)
    features = features_of([stratum.levels for stratum in strata])
    for feature in features:
        yield from ((feature, group) for group in by_level(strata, feature))
    if len(features) > 1:
        yield from (("stratum", stratum) for stratum in strata)


def by_level(strata: Sequence[StratumOutcomes], feature: str) -> list[StratumOutcomes]:
    """Return the levels of a feature: the strata of each weighed by their shares.

    Where a draw has no patients at a level, its strata count alike.
    """
    groups = []
    for level in features_of([stratum.levels for stratum in strata])[feature]:
        own = [stratum for stratum in strata if stratum.levels[feature] == level]
        share = np.zeros_like(own[0].share)
        for stratum in own:
            share = share + stratum.share
        there = share > 0
        divisor = np.where(there, share, 1.0)
        weights = [np.where(there, stratum.share / divisor, 1 / len(own)) for stratum in own]
        mixed = mix_outcomes([stratum.outcomes for stratum in own], weights)
        groups.append(StratumOutcomes(level, {feature: level}, share, mixed))
    return groups


def stack_strata(blocks: Sequence[Sequence[StratumOutcomes]]) -> list[StratumOutcomes]:
    """Put blocks of draws one after the other; every block has the same groups."""
    return [
        replace(
            group[0],
            share=np.concatenate([part.share for part in group]),
            outcomes=stack_draws([part.outcomes for part in group]),
        )
        for group in zip(*blocks, strict=True)
    ]
