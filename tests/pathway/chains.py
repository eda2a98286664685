"""What becomes of a cohort in the long run: a pathway as an absorbing chain of competing exits.

Plain sums over exits, without an engine: of those who are ever in a state, each exit takes its share.
"""

from __future__ import annotations

import functools

import numpy as np

from remit.files.studies import read_study


@functools.cache
def base():
    """Return the base case as its files give it: at the priors, whose means are known by hand."""
    return read_study(posterior=False).study


@functools.cache
def _strata():
    return base().strata(base().values(None))


def strata(study=None):
    """Return the strata at the parameters' means."""
    return study.strata(study.values(None)) if study else _strata()


def stratum(name, study=None):
    """Return one of them."""
    return next(one for one in strata(study) if one.name == name)


def flows(pathway, epoch=0):
    """Return how many of one patient ever make each move, (transition, draw), with one epoch's hazards."""
    visits = pathway.initial.copy()
    leaving = pathway.exit_rates(epoch)
    moved = np.zeros(pathway.hazards.shape[1:])
    for number, move in enumerate(pathway.transitions):  # ordered by origin, origins before destinations
        hazard = pathway.hazards[epoch, number]
        moved[number] = visits[move.origin] * hazard / np.where(hazard > 0, leaving[move.origin], 1)
        visits[move.destination] += moved[number]
    return moved


def entering(pathway, chosen, epoch=0):
    """Return how many of one patient ever move into the chosen states from others, (draw,)."""
    inside = [bool(chosen(state)) for state in pathway.states]
    moved = flows(pathway, epoch)
    total = sum(
        moved[number]
        for number, move in enumerate(pathway.transitions)
        if inside[move.destination] and not inside[move.origin]
    )
    begun = pathway.initial[inside].sum(axis=0)
    return total + begun


def happening(pathway, kind, therapy=None):
    """Return how often an event happens to one patient, (draw,), those at time 0 left out."""
    moved = flows(pathway)
    return sum(
        moved[number]
        for number, move in enumerate(pathway.transitions)
        for event in move.events
        if event.kind == kind and therapy in (None, event.therapy)
    )


def of_line(number, *conditions):
    """Choose the states of a line in some conditions."""
    return lambda state: state.line == number and state.condition in conditions


REMISSION = ("remission", "remission_immunoglobulin", "remission_hsct_planned")
