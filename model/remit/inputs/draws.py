"""Draws for PSA: one stream of uniforms for each parameter's name, turned by its quantile function."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remit.errors import InputError, Problem, nearest
from remit.inputs.parameters import Parameter
from remit.inputs.posterior import Posterior

Array = NDArray[np.float64]
Draws = dict[str, Array]
Stream = Callable[[str], Array]
Sampling = Literal["random", "sobol"]


def draw_parameters(
    parameters: Mapping[str, Parameter],
    *,
    seed: int,
    n_draws: int,
    posterior: Posterior | None = None,
    sampling: Sampling = "random",
) -> Draws:
    """Draw every uncertain parameter: from the posterior where a calibration fitted it, else its own.

    Parameters
    ----------
    parameters
        Parameters by name.
    seed
        Any integer from 0 to 2**63 - 1.
    n_draws
        How many draws; draw i does not depend on it.
    posterior
        Draws that belong together, of the parameters that a calibration fitted.
    sampling
        ``random``, or ``sobol`` for points that fill the space of the other parameters evenly.

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
    known = posterior.rows(seed, n_draws) if posterior else {}
    stream: Stream = lambda name: uniforms(seed, name, n_draws)  # noqa: E731 - one of two
    if sampling == "sobol":
        stream = sobol(seed, streams_of(parameters), n_draws).__getitem__
    return {**quantiles(parameters, stream, without=known), **known}


def quantiles(parameters: Mapping[str, Parameter], stream: Stream, *, without: Container[str] = ()) -> Draws:
    """Turn one uniform per draw and stream into draws of every uncertain parameter.

    Parameters
    ----------
    parameters
        Parameters by name.
    stream
        Gives the uniforms of a name, (draw,); which names there are, ``streams_of`` tells.
    without
        Columns that are not wanted.

    Returns
    -------
    dict
        Column name -> (draw,), in the parameters' own units.
    """
    draws: Draws = {}
    for name, parameter in parameters.items():
        if parameter.is_uncertain and not all(column in without for column in parameter.columns(name)):
            draws.update(_draw(name, parameter, parameters, stream))
    return draws


def streams_of(parameters: Mapping[str, Parameter]) -> list[str]:
    """Return the names of the streams of uniforms that the uncertain parameters are drawn from.

    Named shares have one for each component but the last, which is what the others leave.
    """
    return [
        stream
        for name, parameter in parameters.items()
        if parameter.is_uncertain
        for stream in (parameter.columns(name)[:-1] if isinstance(parameter.central, dict) else [name])
    ]


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


def sobol(seed: int, names: Sequence[str], n_draws: int) -> dict[str, Array]:
    """Return one uniform in (0, 1) per draw for each name: scrambled Sobol points, a dimension for each.

    Draw i does not depend on how many are drawn; a parameter more changes the others' draws. Means of as
    many draws are surer than random ones, best where their number is a power of 2.

    Returns
    -------
    dict
        Name -> (draw,).

    References
    ----------
    Owen AB, SIAM J Numer Anal 1997;34(5):1884-910.
    """
    from scipy.stats.qmc import Sobol

    order = sorted(names)
    if not order:
        return {}
    points = Sobol(len(order), scramble=True, rng=np.random.default_rng(seed))
    drawn = points.random_base2((n_draws - 1).bit_length())[:n_draws]
    inside = drawn * (1 - 2.0**-53) + 2.0**-54  # quantiles are infinite at 0 and 1
    return {name: np.ascontiguousarray(inside[:, place]) for place, name in enumerate(order)}


def _draw(name: str, parameter: Parameter, parameters: Mapping[str, Parameter], stream: Stream) -> Draws:
    central = parameter.central
    if isinstance(central, dict):
        # What the last component is drawn from is never looked at: it is what the others leave.
        columns = parameter.columns(name)
        streams = {key: stream(column) for key, column in zip(central, columns[:-1], strict=False)}
        shares = parameter.uncertainty.quantile(streams, central)
        return dict(zip(columns, shares.values(), strict=True))
    u = stream(name)
    if parameter.correlated_with is not None:
        u = _correlated(u, name, parameters, stream, (name,))
    return {name: parameter.uncertainty.quantile(u, float(central))}


def _correlated(
    u: Array, name: str, parameters: Mapping[str, Parameter], stream: Stream, chain: tuple[str, ...]
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
    other = _correlated(stream(link.parameter), link.parameter, parameters, stream, (*chain, link.parameter))
    rho = float(link.correlation)
    mixed = rho * ndtri(other) + np.sqrt(1 - rho**2) * ndtri(u)
    return np.asarray(ndtr(mixed), dtype=np.float64)
