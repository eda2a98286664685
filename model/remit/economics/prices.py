"""Which parameter prices which time and which event: the price list of the model, without its numbers."""

from __future__ import annotations

from dataclasses import dataclass

from remit.pathway.graph import Condition

CATEGORIES = (
    "drug",
    "apheresis_bridging",
    "administration_hospital",
    "hsct",
    "adverse_events",
    "immunoglobulin",
    "follow_up",
    "salvage",
    "end_of_life",
    "future_medical",
    "future_non_medical",
    "productivity",
    "informal_care",
    "travel",
)
SOCIETAL = frozenset({"future_non_medical", "productivity", "informal_care", "travel"})

ACTIVE: tuple[Condition, ...] = ("waiting", "refractory", "relapsed")
REMISSION: tuple[Condition, ...] = (
    "remission",
    "remission_immunoglobulin",
    "remission_hsct_planned",
    "hsct_later",
)
ALIVE: tuple[Condition, ...] = (*ACTIVE, "treated", *REMISSION, "hsct_first_year")


@dataclass(frozen=True)
class TimePrice:
    """A cost per year of time in some conditions, counted on a profile."""

    category: str
    parameter: str
    conditions: tuple[Condition, ...]
    profile: str = "costs"


@dataclass(frozen=True)
class EventPrice:
    """A cost of an event: the product of parameters, ``{therapy}`` standing for the event's therapy.

    A price that not every therapy has (``optional``) is nothing where it is not given. ``factor`` multiplies
    it where a stratum has it. One that is ``agreed`` is charged as settings.payment has it, not in full at
    every event.
    """

    kind: str
    category: str
    parameters: tuple[str, ...]
    optional: bool = False
    factor: str | None = None
    agreed: bool = False


@dataclass(frozen=True)
class EventLoss:
    """A QALY loss of an event: the product of parameters."""

    kind: str
    parameters: tuple[str, ...]


TIME_PRICES = (
    TimePrice("administration_hospital", "cost_active_disease", ACTIVE),
    TimePrice("productivity", "cost_productivity_carers", ("waiting", "treated")),
    TimePrice("informal_care", "cost_informal_care", (*ACTIVE, "treated")),
    TimePrice("travel", "cost_travel", ("treated", "hsct_first_year")),
    TimePrice("immunoglobulin", "cost_immunoglobulin", ("remission_immunoglobulin",)),
    TimePrice("follow_up", "cost_follow_up", REMISSION, "follow_up"),
    TimePrice("future_medical", "cost_future_medical", ALIVE, "medical"),
    TimePrice("future_non_medical", "cost_future_non_medical", ALIVE, "non_medical"),
)

EVENT_PRICES = (
    EventPrice("apheresis", "apheresis_bridging", ("cost_apheresis_{therapy}",)),
    EventPrice("bridging", "apheresis_bridging", ("share_bridging_{therapy}", "cost_bridging_{therapy}")),
    EventPrice("product_not_given", "drug", ("cost_drug_{therapy}",), agreed=True),
    EventPrice("infusion", "drug", ("cost_drug_{therapy}",), factor="rr_cost_drug_{therapy}", agreed=True),
    EventPrice("infusion", "drug", ("cost_lymphodepletion_drug_{therapy}",), optional=True),
    EventPrice("infusion", "administration_hospital", ("cost_administration_{therapy}",)),
    EventPrice(
        "infusion",
        "administration_hospital",
        ("cost_lymphodepletion_administration_{therapy}",),
        optional=True,
    ),
    EventPrice(
        "infusion",
        "adverse_events",
        ("cost_adverse_events_{therapy}",),
        factor="rr_cost_adverse_events_{therapy}",
    ),
    EventPrice("hsct", "hsct", ("cost_hsct_first_year",)),
    EventPrice("hsct", "productivity", ("cost_productivity_carers", "time_friction")),
    EventPrice("hsct_later", "hsct", ("cost_hsct_later_years", "time_hsct_later_years")),
    EventPrice("salvage", "salvage", ("cost_salvage",)),
    EventPrice("salvage", "hsct", ("p_hsct_salvage", "cost_hsct_first_year")),
    EventPrice("leukaemia_death", "end_of_life", ("cost_end_of_life",)),
)

EVENT_LOSSES = (
    EventLoss("infusion", ("p_severe_crs_{therapy}", "qaly_loss_severe_crs")),
    EventLoss("infusion", ("p_severe_icans_{therapy}", "qaly_loss_severe_icans")),
)

UTILITIES: dict[Condition, str] = {
    "waiting": "utility_active_disease",
    "refractory": "utility_active_disease",
    "relapsed": "utility_active_disease",
    "treated": "utility_on_treatment",
    "hsct_first_year": "utility_hsct_first_year",
}
