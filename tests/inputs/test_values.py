"""Values: draws by name in the model's own units."""

import numpy as np
import pytest

from remit.errors import InputError
from remit.inputs.distributions import Beta, Fixed, LogNormal
from remit.inputs.parameters import Parameter
from remit.inputs.values import Values, values_of

PARAMETERS = {
    "p_cr": Parameter("Title", 0.39, "probability", Beta(events=27, n=70), source="maude2018"),
    "rate_death": Parameter("Title", 0.1, "per month", LogNormal(0.3), source="maude2018"),
    "time_wait": Parameter("Title", 43, "days", Fixed("a definition"), source="maude2018"),
}


def test_without_draws_there_is_one_draw_of_means_in_years_and_per_year():
    values = values_of(PARAMETERS, {})
    assert values.n_draws == 1
    assert values["p_cr"].tolist() == [27 / 70]
    assert values["rate_death"] == pytest.approx([12 * 0.1 * np.exp(0.045)], rel=1e-12)
    assert values["time_wait"] == pytest.approx([43 / 365.25], rel=1e-12)


def test_draws_replace_means_and_the_rest_is_the_same_for_every_draw():
    values = values_of(PARAMETERS, {"rate_death": np.array([0.1, 0.2, 0.3])})
    assert values.n_draws == 3
    assert values["rate_death"] == pytest.approx([1.2, 2.4, 3.6], rel=1e-12)
    assert values["p_cr"].tolist() == [27 / 70] * 3


def test_a_name_that_no_file_gives_is_an_error_with_the_nearest_one():
    values = values_of(PARAMETERS, {})
    with pytest.raises(InputError, match=r"rate_deth: the study needs .* \(did you mean 'rate_death'\?\)"):
        values["rate_deth"]
    assert values.either("rate_deth", 2.0).tolist() == [2.0]
    assert values.either("p_cr", 2.0).tolist() == [27 / 70]


def test_it_is_a_mapping_of_names():
    values = values_of(PARAMETERS, {})
    assert list(values) == list(PARAMETERS)
    assert len(values) == 3
    assert "p_cr" in values
    assert "p_xx" not in values


def test_changed_values_leave_the_old_ones_alone():
    values = values_of(PARAMETERS, {})
    changed = values.with_values({"p_cr": np.array([0.1, 0.2]), "p_new": np.array([0.5])})
    assert changed.n_draws == 2
    assert changed["p_new"].tolist() == [0.5, 0.5]
    assert values["p_cr"].tolist() == [27 / 70]
    assert "p_new" not in values


def test_a_single_draw_is_widened_by_repeating_it_and_never_narrowed():
    assert values_of(PARAMETERS, {}).widened(4)["p_cr"].tolist() == [27 / 70] * 4
    assert Values({"p_cr": np.arange(5.0)}).widened(3)["p_cr"].tolist() == [0, 1, 2, 3, 4]
    assert Values({}).full(3.0).tolist() == [3.0]
