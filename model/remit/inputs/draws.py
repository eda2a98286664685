"""Draws for PSA: one stream of uniforms for each parameter's name, turned by its quantile function."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from remit.errors import InputError, Problem, nearest
from remit.inputs.parameters import Parameter

Array = NDArray[np.float64]
Draws = dict[str, Array]


def draw_parameters(parameters: Mapping[str, Parameter], *, seed: int, n_draws: int) -> Draws:
    """Draw every uncertain parameter.

    Parameters
    ----------
    parameters
        Parameters by name.
    seed
        Any integer from 0 to 2**63 - 1.
    n_draws
        How many draws; draw i does not depend on it.

    Returns
    -------
    dict
        Column name -> (draw,), in the parameters' own units. Fixed parameters have no column.

    Raises
    ------
    InputError
        Where seed or number of draws is not sensible, or a correlation names an unknown parameter.
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**63:
        raise InputError(f"seed must be a whole number from 0 to 2^63 - 1, not {seed!r}")
    if isinstance(n_draws, bool) or not isinstance(n_draws, int) or not 1 <= n_draws <= 10_000_000:
        raise InputError(f"the number of draws must be a whole number from 1 to 10,000,000, not {n_draws!r}")
    draws: Draws = {}
    for name, parameter in parameters.items():
        if parameter.is_uncertain:
            draws.update(_draw(name, parameter, parameters, seed, n_draws))
    return draws


def uniforms(seed: int, name: str, n_draws: int) -> Array:
    """Return one uniform in (0, 1) per draw, from a stream keyed by (seed, name).

    So that adding a parameter or a strategy changes no other draw, and draw i does not depend on
    how many are drawn.

    Returns
    -------
    (draw,) array
    """
    key = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")
    generator = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, key])))
    # 53-bit uniforms moved to the middle of their cells: never 0 or 1, where quantiles are infinite.
    return generator.random(n_draws) * (1 - 2.0**-53) + 2.0**-54


def means(parameters: Mapping[str, Parameter]) -> Draws:
    """Return the mean of every parameter, fixed ones too, as a table of a single draw."""
    return {
        column: np.array([mean])
        for name, parameter in parameters.items()
        for column, mean in parameter.means(name).items()
    }


def _draw(
    name: str, parameter: Parameter, parameters: Mapping[str, Parameter], seed: int, n_draws: int
) -> Draws:
    central = parameter.central
    if isinstance(central, dict):
        streams = {key: uniforms(seed, f"{name}_{key}", n_draws) for key in central}
        shares = parameter.uncertainty.quantile(streams, central)
        return {f"{name}_{key}": values for key, values in shares.items()}
    u = uniforms(seed, name, n_draws)
    if parameter.correlated_with is not None:
        u = _correlated(u, name, parameters, seed, (name,))
    return {name: parameter.uncertainty.quantile(u, float(central))}


def _correlated(
    u: Array, name: str, parameters: Mapping[str, Parameter], seed: int, chain: tuple[str, ...]
) -> Array:
    """Mix the stream with that of the other parameter (Gaussian copula), itself mixed where it has a link."""
    from scipy.special import ndtr, ndtri

    link = parameters[name].correlated_with
    if link is None:
        return u
    if link.parameter not in parameters:
        hint = nearest(link.parameter, parameters)
        raise InputError(Problem("no file gives the parameter it is correlated with", key=name, hint=hint))
    if link.parameter in chain:
        circle = " -> ".join((*chain, link.parameter))
        raise InputError(Problem("correlations run in a circle", key=name, value=circle))
    if isinstance(parameters[link.parameter].central, dict):
        raise InputError(Problem("named shares cannot be correlated with", key=name, value=link.parameter))
    other = uniforms(seed, link.parameter, u.size)
    other = _correlated(other, link.parameter, parameters, seed, (*chain, link.parameter))
    rho = float(link.correlation)
    mixed = rho * ndtri(other) + np.sqrt(1 - rho**2) * ndtri(u)
    return np.asarray(ndtr(mixed), dtype=np.float64)
