"""Background mortality against a direct product over the life table's ages."""

import csv
from pathlib import Path

import numpy as np
import pytest

from remit.survival.life_table import LifeTable, Mortality, background_survival

PARAMS = Path(__file__).parents[2] / "params"


def table_of(path):
    rows = [
        row for row in csv.reader(path.read_text(encoding="utf-8").splitlines()) if not row[0].startswith("#")
    ]
    columns = np.array(rows[1:], dtype=float).T
    assert columns[0].tolist() == list(range(len(columns[0])))
    return LifeTable(path.stem, columns[1], columns[2])


US = table_of(PARAMS / "mortality" / "us_2014.csv")


def mortality(*, female=0.4663, male_ratio=1.0, female_ratio=1.0, smr=1.0, smr_from=5.0):
    return Mortality(*(np.array([x]) for x in (female, male_ratio, female_ratio, smr)), smr_from)


def directly(q, age, years, ratio=1.0, smr=1.0, smr_from=5):
    """Return survival from a whole age over whole years: (1 - q) to the power of the ratios, one by one."""
    alive = 1.0
    for year in range(years):
        at = min(age + year, len(q) - 1)
        alive *= (1 - q[at]) ** (ratio * (smr if year >= smr_from else 1.0))
    return alive


def expectancy(q, ratio):
    """Return life expectancy at birth, deaths within a year of age at a constant hazard."""
    alive, total = 1.0, 0.0
    for death in [*q, *[q[-1]] * 60]:
        after = alive * (1 - death) ** ratio
        total += (alive - after) / (-np.log1p(-death) * ratio)
        alive = after
    return total


@pytest.mark.parametrize(
    ("sex", "female", "ratio", "years"), [("male", 0, 0.714, 80.5), ("female", 1, 0.803, 83.6)]
)
def test_the_dutch_hazard_ratios_give_the_dutch_life_expectancy_at_birth(sex, female, ratio, years):
    part = mortality(female=female, male_ratio=ratio, female_ratio=ratio)
    times = np.linspace(0, 130, 130 * 24 + 1)
    modelled = np.trapezoid(background_survival(US, part, age=0, times=times)[:, 0], times)
    assert modelled == pytest.approx(years, abs=0.05)
    assert modelled == pytest.approx(expectancy(getattr(US, sex), ratio), abs=0.005)


@pytest.mark.parametrize("age", [0, 12, 45, 95])
@pytest.mark.parametrize("smr", [1.0, 9.1])
def test_survival_is_the_product_over_the_years_of_age_mixed_over_sex(age, smr):
    part = mortality(male_ratio=0.714, female_ratio=0.803, smr=smr)
    years = [0, 1, 4, 5, 6, 20, 40, 88]
    got = background_survival(US, part, age=age, times=np.array(years, dtype=float))[:, 0]
    for year, survival in zip(years, got, strict=True):
        men = directly(US.male, age, year, 0.714, smr)
        women = directly(US.female, age, year, 0.803, smr)
        assert survival == pytest.approx(0.4663 * women + 0.5337 * men, rel=1e-11, abs=1e-300)


def test_within_a_year_of_age_the_hazard_is_constant_also_from_a_broken_age():
    part = mortality(female=0.0)
    got = background_survival(US, part, age=12.25, times=np.array([0.5, 1.0]))[:, 0]
    q12, q13 = US.male[12], US.male[13]
    assert got == pytest.approx([(1 - q12) ** 0.5, (1 - q12) ** 0.75 * (1 - q13) ** 0.25], rel=1e-13)


def test_the_mortality_of_survivors_acts_from_its_start_only_and_on_the_hazard():
    times = np.array([0.0, 2.0, 5.0, 5.5, 30.0])
    plain = background_survival(US, mortality(female=1.0), age=12, times=times)[:, 0]
    raised = background_survival(US, mortality(female=1.0, smr=9.1), age=12, times=times)[:, 0]
    assert raised[:3].tolist() == plain[:3].tolist()
    np.testing.assert_allclose(raised[3:] / raised[2], (plain[3:] / plain[2]) ** 9.1, rtol=1e-12)


def test_the_last_hazard_goes_on_beyond_the_table():
    last = len(US.male) - 1
    got = background_survival(US, mortality(female=0.0), age=last, times=np.array([1.0, 3.0]))[:, 0]
    assert got == pytest.approx([1 - US.male[-1], (1 - US.male[-1]) ** 3], rel=1e-12)


def test_draws_are_apart():
    part = Mortality(np.array([0, 1.0]), np.array([1, 2.0]), np.array([1, 2.0]), np.array([1, 5.0]), 5.0)
    got = background_survival(US, part, age=12, times=np.array([20.0]))
    assert got.shape == (1, 2)
    assert got[0] == pytest.approx(
        [directly(US.male, 12, 20), directly(US.female, 12, 20, 2.0, 5.0)], rel=1e-12
    )


@pytest.mark.parametrize("q", [[], [0.1, 1.0], [-0.1], [[0.1]], [np.nan]])
def test_what_is_not_a_life_table_is_refused(q):
    with pytest.raises(ValueError, match="a life table has probabilities from 0 to below 1"):
        LifeTable("wrong", np.array(q, dtype=float), np.array([0.1]))
