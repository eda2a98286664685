"""How draws are cut into blocks, so that a draw's bytes do not depend on its block.

numpy sums a lone column in another order than several side by side, so no block may be narrower than
``NARROWEST``.
"""

from __future__ import annotations

from itertools import pairwise

NARROWEST = 8


def draw_slices(n_draws: int, widest: int) -> list[slice]:
    """Cut draws into equal slices of at most ``widest``: none is left with a few stragglers.

    Examples
    --------
    >>> draw_slices(10, 4)
    [slice(0, 3, None), slice(3, 6, None), slice(6, 10, None)]
    """
    count = -(-n_draws // widest)
    edges = [n_draws * place // count for place in range(count + 1)]
    return [slice(low, high) for low, high in pairwise(edges)]
