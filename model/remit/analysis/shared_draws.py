"""The draws of studies that differ little: a parameter is drawn once while it stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from remit.inputs.draws import Draws, quantiles, uniforms
from remit.inputs.parameters import Correlation, Parameter
from remit.study import Study

# What the draws of a parameter follow from: itself, and with what each parameter on its chain is correlated.
Behind = tuple[Parameter, tuple[Correlation, ...]]


@dataclass
class SharedDraws:
    """The columns last drawn of each parameter and what they follow from; of one seed and number of draws."""

    seed: int
    n_draws: int
    _kept: dict[str, tuple[Behind, Draws]] = field(default_factory=dict)

    def of(self, study: Study) -> Draws:
        """Return what ``study.draws`` does, (draw,) each, to the last bit.

        Raises
        ------
        InputError
            As that does.
        """
        if study.psa.sampling != "random":  # a parameter changed changes the draws of others
            return study.draws(seed=self.seed, n_draws=self.n_draws)
        if not self._kept:  # the first time, so that seed and number are checked
            drawn = study.draws(seed=self.seed, n_draws=self.n_draws)
            fitted = set(study.posterior.columns) if study.posterior else set()
            self._keep(study.parameters, {name: x for name, x in drawn.items() if name not in fitted})
            return drawn
        known = study.posterior.rows(self.seed, self.n_draws) if study.posterior else {}
        as_before = self._as_before(study.parameters)
        new = quantiles(
            study.parameters,
            lambda name: uniforms(self.seed, name, self.n_draws),
            without={*known, *as_before},
        )
        self._keep(study.parameters, new)
        found = as_before | new
        own = [p.columns(name) for name, p in study.parameters.items() if p.is_uncertain]
        drawn = {c: found[c] for columns in own if not known.keys() >= set(columns) for c in columns}
        return {**drawn, **known}

    def _as_before(self, parameters: Mapping[str, Parameter]) -> Draws:
        """Return the columns that are kept of parameters which are as they were."""
        found: Draws = {}
        for name, (behind, columns) in self._kept.items():
            if name in parameters and behind == _behind(name, parameters):
                found |= columns
        return found

    def _keep(self, parameters: Mapping[str, Parameter], drawn: Draws) -> None:
        for name, parameter in parameters.items():
            columns = parameter.columns(name)
            if parameter.is_uncertain and all(column in drawn for column in columns):
                self._kept[name] = _behind(name, parameters), {c: drawn[c] for c in columns}


def _behind(name: str, parameters: Mapping[str, Parameter]) -> Behind:
    chain: list[Correlation] = []
    link = parameters[name].correlated_with
    while link is not None and link not in chain and link.parameter in parameters:
        chain.append(link)
        link = parameters[link.parameter].correlated_with
    return parameters[name], tuple(chain)
