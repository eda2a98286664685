"""What the figures of a clinic say about it: its rules and resources, and on how much chance it rests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from remit.analysis.clinic.plan import ClinicPlan

# How resources are called, and their places.
USE_LABELS = {
    "consultation": ("Consultation", "consultation places"),
    "apheresis": ("Apheresis", "apheresis places"),
    "manufacturing": ("Manufacturing", "manufacturing places"),
    "infusion_bed": ("Infusion beds", "infusion beds"),
    "icu_bed": ("Intensive care", "intensive care beds"),
    "donor_search": ("Donor search", "donor searches at a time"),
    "transplant_bed": ("Transplant beds", "transplant beds"),
}

# Days: a mean wait that is shorter is not spoken of, nor drawn where others are.
HARDLY = 1.0


@dataclass(frozen=True)
class ClinicDrawing:
    """What captions say of a clinic.

    ``rules`` are by name, in order, how they are called; ``patients`` those who count in each of
    ``replications``; ``warm_up`` is in years, ``by`` the feature by whose levels results are told apart.
    """

    title: str
    rules: Mapping[str, str]
    patients: int
    replications: int
    seed: int
    warm_up: float
    by: str = ""

    def rests_on(self) -> str:
        """Say how many patients and replications there are."""
        return f"{self.size()} (seed {self.seed}), the same under every rule, at the means of the parameters."

    def size(self) -> str:
        """Say how many patients count, and in how many replications."""
        who = f"{self.patients:,} patient{'' if self.patients == 1 else 's'}"
        times = f"each of {self.replications:,} replications" if self.replications > 1 else "one replication"
        return f"{who} in {times}"

    def bands(self, what: str) -> str:
        """Say what lines and bands are; of one replication there are no bands."""
        if self.replications == 1:
            return f"Lines: {what} of the replication; one alone has no interval."
        return f"Lines: {what}, mean over replications; bands: its 95% Monte Carlo interval."


def clinic_drawing_of(plan: ClinicPlan) -> ClinicDrawing:
    """Return what is said of a planned clinic."""
    return ClinicDrawing(
        plan.title,
        {name: rule.title for name, rule in plan.rules.items()},
        plan.n_counted,
        plan.replications,
        plan.seed,
        plan.warm_up,
        plan.by or "",
    )


def clinic_drawing_to(drawing: ClinicDrawing) -> dict[str, Any]:
    """Return it as plain data."""
    return asdict(drawing)


def clinic_drawing_from(data: Mapping[str, Any]) -> ClinicDrawing:
    """Return it from plain data."""
    return ClinicDrawing(**data)


def resource_label(resource: str) -> str:
    """Return how a resource is called, with its site where it has several.

    Examples
    --------
    >>> resource_label("infusion_bed"), resource_label("manufacturing city_hospital")
    ('Infusion beds', 'Manufacturing, city hospital')
    """
    use, _, site = resource.partition(" ")
    label = USE_LABELS[use][0]
    return f"{label}, {site.replace('_', ' ')}" if site else label


def places_label(resource: str) -> str:
    """Return how the places of a resource are called, within a sentence."""
    use, _, site = resource.partition(" ")
    label = USE_LABELS[use][1]
    return f"{label} ({site.replace('_', ' ')})" if site else label
