"""Tables of what a therapy may cost, and what they say in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from remit.analysis.price import Prices
from remit.report.figures.style import money
from remit.study import Study

if TYPE_CHECKING:
    import pandas as pd


def value_based_price_table(found: Prices, study: Study) -> pd.DataFrame:
    """Return `value_based_price.csv` (T12): up to which list price the strategy is worth it.

    Against the best of the strategies that do without the therapy, by way of paying and WTP:
    ``price_at_means``; ``price_expected``, where mean net benefits over draws are equal; mean and 95%
    interval of each draw's own price. ``price_best_of_all`` is the highest at which no strategy is better.
    """
    import pandas as pd

    therapy = study.therapies[found.price.removeprefix("cost_drug_")].title
    parts = [
        pd.DataFrame(
            {
                "parameter": found.price,
                "therapy": therapy,
                "strategy": found.strategy,
                "payment": one.way,
                "wtp": one.wtp,
                "price_at_means": one.at_means,
                "price_best_of_all": one.best_of_all,
                "price_expected": one.expected,
                "price_mean": one.mean,
                "price_low": one.low,
                "price_high": one.high,
                "draws": one.draws,
                "current_price": found.current,
                "in_words": [
                    words_on_price(price, float(wtp), study)
                    for price, wtp in zip(one.at_means, one.wtp, strict=True)
                ],
            }
        )
        for one in found.values
    ]
    return pd.concat(parts, ignore_index=True)


def words_on_price(price: float, wtp: float, study: Study) -> str:
    """Say up to which price a therapy is worth it."""
    currency = study.settings.currency
    if price < 0:
        return f"no price of 0 or more reaches {money(wtp, currency)} per QALY"
    return f"worth it up to {money(price, currency)} at {money(wtp, currency)} per QALY"


def frontier_prices_table(found: Prices) -> pd.DataFrame:
    """Return `frontier_prices.csv`: between which prices each strategy is on the frontier, at the means.

    ``from`` and ``to`` are empty where it is on it at no price; ``to`` alone where at any from there on.
    """
    import pandas as pd

    rows = []
    for one in found.frontier:
        low, high = one.prices or (np.nan, np.nan)
        rows.append(
            {
                "parameter": found.price,
                "payment": one.way,
                "strategy": one.strategy,
                "from": low,
                "to": high if np.isfinite(high) else np.nan,
                "current_price": found.current,
                "on_frontier": one.prices is not None and low <= found.current <= high,
            }
        )
    return pd.DataFrame(rows)
