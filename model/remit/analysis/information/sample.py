"""The expected value of a study's data: what is gained by choosing after seeing them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remit.analysis.information.gain import increments
from remit.analysis.information.partial import learn
from remit.inputs.arrays import as_floats

Array = NDArray[np.float64]


def evsi(costs: ArrayLike, qalys: ArrayLike, summaries: ArrayLike, wtp: ArrayLike) -> tuple[Array, Array]:
    """Return the expected value of sample information per patient.

    Each draw is a possible truth, and its summaries are what a study would then report, simulated. The
    regression of costs and QALYs on the summaries gives what is expected once they are seen (Strong,
    Oakley, Brennan and Breeze, Med Decis Making 2015;35(5):570-83), so that no model is run again.

    Parameters
    ----------
    costs, qalys
        (draw, strategy).
    summaries
        Simulated data, (draw, statistic), such as the share of patients with a response; sufficient
        statistics, or near to them. Simulate all sizes of a study from the same uniforms: then its value
        rises smoothly with its size.
    wtp
        Willingness to pay per QALY, (wtp,), rising.

    Returns
    -------
    estimate, standard_error
        (wtp,) each, in the currency of the costs; what the error covers, see
        :func:`remit.analysis.information.gain.gain`.

    Raises
    ------
    InputError
        Where shapes do not agree, a number is missing, or ``wtp`` is empty or negative.
    """
    table = as_floats("summaries", summaries, "draw", "statistic")
    columns = {f"statistic {place}": column for place, column in enumerate(table.T)}
    return learn(increments(costs, qalys, wtp), columns, list(columns), drawn_again=False)
