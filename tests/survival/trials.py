"""Patients of a trial that never was, and its Kaplan-Meier curve as someone would digitise it."""

import numpy as np

from remit.survival.digitised import Digitised
from remit.survival.families import Weibull
from remit.survival.mixture import MixtureCure
from remit.survival.patients import Patients, kaplan_meier

CURED = MixtureCure(np.array([0.4]), Weibull(np.array([0.9]), np.array([0.8])))
PLAIN = Weibull(np.array([1.3]), np.array([1.5]))


def simulate(curve, n, seed, followed=(1.0, 5.0)):
    """Return patients of a curve, censored evenly between two times in years."""
    random = np.random.default_rng(seed)
    times = np.ravel(curve.quantile(random.uniform(size=n)[:, None]))
    left = random.uniform(*followed, n)
    return Patients(np.minimum(times, left), times <= left)


def digitise(patients, *, points=150, every=0.5, events=False):
    """Return the curve at even times, rounded to three digits, with a risk table."""
    end = patients.times.max()
    times, rows = np.linspace(0, end, points), np.arange(0, end, every)
    survival = np.round(kaplan_meier(patients).at(times), 3)
    total = int(patients.events.sum()) if events else None
    return Digitised(times, survival, rows, patients.at_risk(rows), total)
