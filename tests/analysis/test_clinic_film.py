"""The film of a clinic counts who waits, who holds a place, and how patients fare."""

from types import SimpleNamespace

import numpy as np
import pytest

from remit import load_study
from remit.analysis.clinic.film import WHEREABOUTS, film_of
from remit.analysis.clinic.opening import comers_of, open_clinic
from remit.analysis.clinic.plan import ONLY, ClinicPlan, Coming, Rule, SitePlan
from remit.analysis.clinic.replication import follow, histories_of_run
from remit.engine.journeys import Arrivals, ClinicRun, Stays, Uses
from remit.engine.patients import occupancy
from remit.engine.resources import USES, Closure, Site
from remit.engine.streams import Streams
from remit.errors import InputError


def clinic_of_two():
    """Return two patients in a clinic with one bed, followed by hand, of states that say where they are."""
    conditions = {"waiting": "relapse", "remission": "remission", "relapsed": "relapse"}
    states = [SimpleNamespace(condition=name, health_state=health) for name, health in conditions.items()]
    way = SimpleNamespace(itinerary=SimpleNamespace(pathway=SimpleNamespace(states=states)))
    site = Site(ONLY, 1, {"": 1.0}, (Closure(3.0, 4.0),))
    clinic = SimpleNamespace(ways=[[way]], resources={"infusion_bed": (site,)})
    zeros = np.zeros(2, dtype=np.intp)
    arrivals = Arrivals(np.array([0.5, 1.0]), zeros, np.array([9.0, 9.0]))
    # The first: ill for half a year, in remission to year 4.5, relapsed to his death in year 5.5.
    # The second: ill until his death in year 2.5.
    stays = Stays(
        np.array([0, 0, 0, 1]),
        np.array([0, 1, 2, 0]),
        np.array([0.0, 0.5, 4.0, 0.0]),
        np.array([0.5, 4.0, 5.0, 1.5]),
        np.array([0, 1, 2, 3]),
    )
    beds = np.full(2, USES.index("infusion_bed"))
    uses = Uses(
        np.array([0, 1]),
        beds,
        np.array([0, -1]),
        np.array([1.0, 1.0]),
        np.array([1.0, np.inf]),
        np.array([2.0, 1.9]),
    )
    return ClinicRun(zeros, stays, uses), clinic, arrivals


def test_patients_and_places_are_counted_moment_by_moment():
    film = film_of(*clinic_of_two(), 1.0, until=6.0)
    assert film.times.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert film.arrived.tolist() == [0, 2, 2, 2, 2, 2, 2]
    found = dict(zip(WHEREABOUTS, film.whereabouts.tolist(), strict=True))
    assert found["in_care"] == [0, 1, 1, 0, 0, 0, 0]
    assert found["remission"] == [0, 1, 1, 1, 1, 0, 0]
    assert found["relapse"] == [0, 0, 0, 0, 0, 1, 0]
    assert found["hsct"] == [0] * 7
    assert found["death"] == [0, 0, 0, 1, 1, 1, 2]
    assert film.held.tolist() == [[0, 1, 0, 0, 0, 0, 0]]
    assert film.queue.tolist() == [[0, 1, 0, 0, 0, 0, 0]]
    assert film.places.tolist() == [[1, 1, 1, 0, 1, 1, 1]]


def test_a_film_ends_when_the_last_patient_comes_unless_told_otherwise():
    film = film_of(*clinic_of_two(), 0.25)
    assert film.times.tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_frames_without_time_between_them_are_refused():
    with pytest.raises(InputError, match="above 0"):
        film_of(*clinic_of_two(), 0.0)


@pytest.fixture(scope="module")
def opened():
    bed = SitePlan(3, 0.08, "assumption", note="a guess")
    plan = ClinicPlan(
        title="Small", because="a test", arrivals=Coming("assumption", per_year=60, note="a guess"),
        resources={"manufacturing": {ONLY: bed}}, rules={"one": Rule("The one", "car_t")},
        patients=30, warm_up=0.2,
    )  # fmt: skip
    return open_clinic(load_study(), plan)


def test_health_states_of_a_clinic_are_those_of_its_histories(opened):
    comers, run = follow(opened, "one", 0, seed=3)
    arrivals = comers_of(opened, Streams(3, draw=opened.crowd.draw)).arrivals
    film = film_of(run, opened.clinic, arrivals, 1 / 52)
    (frame,) = [film.times.size - 1]
    counted = np.zeros(4, dtype=int)
    for histories, _ in histories_of_run(opened, arrivals, run):
        for patient in histories.patients:
            only = SimpleNamespace(
                pathway=histories.pathway,
                patients=np.array([patient]),
                visits=[_of(visits, patient) for visits in histories.visits],
            )
            since = film.times[frame] - arrivals.times[patient]
            if since >= 0:
                counted += occupancy(only, [since])[0]
    in_care, relapse, remission, hsct, death = film.whereabouts[:, frame]
    assert [in_care + relapse, remission, hsct, death] == counted.tolist()
    assert film.held.max() == 3
    assert in_care > film.held[0, frame]
    assert comers.arrivals.times.size == film.arrived[frame] + (arrivals.times > film.times[frame]).sum()


def _of(visits, patient):
    own = visits.patients == patient
    return SimpleNamespace(state=visits.state, entered=visits.entered[own], left=visits.left[own])
