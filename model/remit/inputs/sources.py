"""Where a number comes from: one record per publication, as ``params/sources.yaml`` holds them."""

from __future__ import annotations

from dataclasses import dataclass

ASSUMPTION = "assumption"
"""The one source key outside the bibliography: judgement or memory, and a note that says so."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A publication, label, data set or web page that a number was taken from.

    Parameters
    ----------
    accessed
        How it was read, in words: ``abstract, stored copy``, ``not read``.
    title
        Its own title; absent where it was not known.
    about
        What it reports, in our words; only where its own title is not known.
    authors, journal, year, citation
        As in a reference list; ``citation`` is volume and pages or the number of an abstract.
    doi
        Only where it is certain.
    identifier
        Any other number or address it is found by, such as ``PMC7497258``.
    reference
        Its number in the reference list of the seed paper.
    note
        What a reader should know before trusting it.

    Raises
    ------
    ValueError
        If nothing says what the source is, or ``title`` and ``about`` compete.
    """

    accessed: str
    title: str | None = None
    about: str | None = None
    authors: str | None = None
    journal: str | None = None
    year: int | None = None
    citation: str | None = None
    doi: str | None = None
    identifier: str | None = None
    reference: int | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        if not self.accessed.strip():
            raise ValueError("accessed must say how the source was read.")
        if self.title and self.about:
            raise ValueError("A source has either its own title or a description in about, not both.")
        if not (self.title or self.about or self.authors):
            raise ValueError("A source needs a title, a description in about, or its authors.")
        if self.year is not None and not 1900 <= self.year <= 2100:
            raise ValueError(f"The year {self.year} is not a year of publication.")
        if self.doi is not None and not self.doi.startswith("10."):
            raise ValueError(
                f"A DOI begins with '10.', not {self.doi!r}; leave it out where it is not certain."
            )
        if self.reference is not None and self.reference < 1:
            raise ValueError("reference is a number of the seed paper's reference list and starts at 1.")
