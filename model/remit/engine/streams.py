"""Uniforms for patients: one stream for each purpose, in which every patient has a place of his own.

Counter-based: patient i's uniform hangs on seed, draw, purpose and i alone, not on how many patients there
are, which block he is in, or what else is asked for. So strategies, rules and scenarios are compared on
common random numbers: a patient who does well under one does well under the other.

The generator is SplitMix64, whose i-th number is a mixing function of start + i x golden ratio; each purpose
has a start of its own in its one cycle of 2^64. Unlike a generator of numpy it gives any patients' numbers
without those of all others: most patients never come to most states.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
# Shifts and factors of the mixing function (Stafford's variant 13).
_MIX = ((30, np.uint64(0xBF58476D1CE4E5B9)), (27, np.uint64(0x94D049BB133111EB)))


class Streams:
    """The uniforms of patients from the one with number ``first`` on.

    Parameters
    ----------
    seed
        Any whole number from 0.
    first
        Number of the patient whose place is 0.
    draw
        Number of the draw of the parameters: patients of other draws are other patients.

    References
    ----------
    Steele GL, Lea D, Flood CH. Fast splittable pseudorandom number generators. OOPSLA 2014:453-72.
    """

    def __init__(self, seed: int, *, first: int = 0, draw: int = 0) -> None:
        self._seed, self._first, self._draw = seed, first, draw
        self._starts: dict[str, np.uint64] = {}

    def uniforms(self, purpose: str, patients: NDArray[np.intp]) -> Array:
        """Return one uniform in (0, 1) for each of some patients, by their places, (patient,).

        Examples
        --------
        >>> some = np.array([7, 8])
        >>> whole, part = Streams(1), Streams(1, first=7)
        >>> bool((whole.uniforms("death", some) == part.uniforms("death", some - 7)).all())
        True
        """
        if purpose not in self._starts:
            self._starts[purpose] = self._start(purpose)
        bits = patients.astype(np.uint64)
        bits *= _GOLDEN
        bits += self._starts[purpose]
        shifted = np.empty_like(bits)
        for shift, factor in _MIX:
            bits ^= np.right_shift(bits, shift, out=shifted)
            bits *= factor
        bits ^= np.right_shift(bits, 31, out=shifted)
        bits >>= 11
        # 53 bits, moved to the middle of their cells: never 0 or 1, where times are infinite.
        found = bits.view(np.int64).astype(np.float64)
        found *= 2.0**-53 * (1 - 2.0**-53)
        found += 2.0**-54
        return found

    def _start(self, purpose: str) -> np.uint64:
        """Return where a purpose's stream starts, for the patient whose place is 0."""
        name = f"{self._seed}/{self._draw}/{purpose}".encode()
        start = int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "little")
        return np.uint64((start + (self._first + 1) * int(_GOLDEN)) % 2**64)
