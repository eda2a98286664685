"""The figure of a fit: what is drawn is what was found."""

import sys
from pathlib import Path

import numpy as np
import pytest

from remit.report.figures.fit import fit_figure
from remit.survival.digitised import clean
from remit.survival.fitting import fit_all
from remit.survival.reconstruct import reconstruct

sys.path.insert(0, str(Path(__file__).parents[1] / "survival"))
from trials import CURED, digitise, simulate


@pytest.fixture(scope="module")
def drawn():
    curve = clean(digitise(simulate(CURED, 80, 1))).curve
    patients = reconstruct(curve)
    fits = fit_all(patients, ["exponential", "weibull"])
    return curve, fits, fit_figure("Own trial", curve, patients, fits)


def lines(axes, gid):
    return [line for line in axes.lines if line.get_gid() == gid]


def test_the_curve_the_fits_and_the_hazards_stand_in_their_panels(drawn):
    curve, fits, figure = drawn
    survival, hazard = figure.axes[0], figure.axes[1]
    assert lines(survival, "digitised")[0].get_ydata().tolist() == curve.survival.tolist()
    assert len(lines(survival, "fitted")) == len(lines(hazard, "fitted")) == 4
    times, best = lines(survival, "fitted")[0].get_data()
    assert best == pytest.approx(fits[0].curve.survival(np.array(times)[:, None])[:, 0])
    assert times[-1] > curve.times[-1]
    reconstructed = lines(survival, "reconstructed")[0]
    assert reconstructed.get_ydata()[-1] == pytest.approx(curve.survival[-1], abs=0.01)


def test_numbers_at_risk_stand_under_the_axis_and_the_caption_counts_patients(drawn):
    curve, _, figure = drawn
    texts = {text.get_text(): text for axes in figure.axes for text in axes.texts}
    assert "At risk" in texts
    for t, n in zip(curve.risk_times[:3], curve.at_risk[:3], strict=True):
        assert texts[f"{n:.0f}"].get_position()[0] == t
    (caption,) = [text.get_text() for text in figure.texts if text.get_gid() == "caption"]
    assert caption.startswith("80 patients with 52 events")
