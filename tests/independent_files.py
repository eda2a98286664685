"""The second model's own reading of the parameter files: settings, entries, means and units."""

from __future__ import annotations

import csv
import functools
import math
from pathlib import Path

import yaml

PARAMS = Path(__file__).resolve().parents[1] / "params"
# The one in C, where there is one: ten times faster.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
YEARS_IN = {"year": 1.0, "month": 1 / 12, "week": 7 / 365.25, "day": 1 / 365.25}


def years(text):
    number, unit = text.split()
    return float(number) * YEARS_IN[unit.rstrip("s")]


def rows_of(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


class Files:
    """What ``params/`` says of one study: the base case, a scenario by name, and what else is ``set``."""

    def __init__(self, params=PARAMS, scenario=None, changes=None):
        self.params = Path(params)
        self.header = self.read("base.yaml")
        layers = [changes or {}]
        while scenario is not None:
            own = self.read(f"scenarios/{scenario}.yaml")
            layers.insert(0, own.get("set", {}))
            scenario = None if own["extends"] == "../base.yaml" else own["extends"].removesuffix(".yaml")
        self.changed = {}
        for path, value in [change for layer in layers for change in layer.items()]:
            *way, last = path.split(".")
            if path.split(".")[0] in self.header:
                functools.reduce(lambda place, key: place.setdefault(key, {}), way, self.header)[last] = value
            else:
                fixed = {"value": value, "uncertainty": {"type": "fixed"}}
                whole = value if isinstance(value, dict) else fixed
                self.changed[path] = self.changed.get(path, {}) | whole
        self.settings = self.header["settings"]
        self.strategies = self.read("strategies.yaml")
        self.population, self.of_population = self.read_population(self.header["population"])
        self.strata = self.population.get("strata", {})
        self.joint = self.population.get("joint", [])
        self.early = years(self.settings["early_remission"])
        self.survivors = years(self.settings["survivor_mortality_from"])
        self.discount = {"costs": self.settings["discount_costs"], "qalys": self.settings["discount_qalys"]}
        self.reference = self.settings["hsct_reference"]

    def read(self, path):
        text = (self.params / path).read_text(encoding="utf-8")
        return yaml.load(text, Loader=LOADER)  # noqa: S506 - it is a safe one

    def read_population(self, name):
        """Return a population's header and parameters, over those of the one that it extends."""
        own = self.read(f"populations/{name}.yaml")
        header, parameters = own["population"], own.get("parameters") or {}
        if "extends" in own:
            other = self.read_population(own["extends"].removesuffix(".yaml"))
            header, parameters = other[0] | header, other[1] | parameters
        return header, parameters

    def lines(self, strategy):
        return self.strategies[strategy]["lines"]

    @functools.cached_property
    def therapies(self):
        """Return the header of every therapy by name, those without parameters of their own too."""
        paths = sorted((self.params / "therapies").glob("*.yaml"))
        return {path.stem: self.read(f"therapies/{path.name}")["therapy"] for path in paths}

    @functools.cached_property
    def entries(self):
        """Return every parameter's entry by name."""
        header = self.header
        files = [f"disease/{header['disease']}", f"costs/{header['costs']}"]
        files += [f"utilities/{header['utilities']}", *(f"therapies/{name}" for name in self.therapies)]
        found = dict(self.of_population)
        for file in files:
            found.update(self.read(f"{file}.yaml").get("parameters") or {})
        return found | {name: found.get(name, {}) | entry for name, entry in self.changed.items()}

    @functools.cached_property
    def life_table(self):
        rows = rows_of(self.params / f"mortality/{self.population['life_table']}.csv")
        return {int(row["age"]): {sex: float(row[sex]) for sex in ("male", "female")} for row in rows}

    @functools.cached_property
    def steps(self):
        """Return the times between cycles, from 0 to the horizon."""
        horizon, times = years(self.settings["horizon"]), [0.0]
        for part in self.settings["cycle"]:
            length, end = years(part["length"]), years(part.get("until", self.settings["horizon"]))
            first = times[-1]
            number = math.ceil((min(end, horizon) - first) / length - 1e-9)
            times += [min(first + step * length, horizon) for step in range(1, number + 1)]
        cuts = {self.early, self.survivors}
        for entry in self.entries.values():
            cuts |= {float(point) for point in entry["value"]} if entry.get("by") == "time" else set()
        times += [cut for cut in cuts if cut < horizon and min(abs(cut - time) for time in times) > 1e-9]
        return sorted(times)

    def columns(self, name):
        """Return the names under which an entry's numbers are drawn."""
        entry = self.entries[name]
        if isinstance(entry["value"], dict) and not entry.get("by"):
            return [f"{name}_{component}" for component in entry["value"]]
        return [name]

    def means(self, posterior=None):
        """Return the mean of every parameter in the files' units; of those fitted, of a posterior's rows."""
        found = {}
        for name, entry in self.entries.items():
            mean = mean_of(entry)
            values = list(mean.values()) if isinstance(mean, dict) else [mean]
            found.update(zip(self.columns(name), values, strict=True))
        rows = rows_of(self.params / f"posteriors/{posterior}.csv") if posterior else [{}]
        fitted = set(rows[0]) & set(found)
        return found | {name: math.fsum(float(row[name]) for row in rows) / len(rows) for name in fitted}

    def in_years(self, values):
        """Return the same in years and per year, with what one therapy lends another."""
        units = {}
        for name, entry in self.entries.items():
            units.update(dict.fromkeys(self.columns(name), "level" if entry.get("by") else entry["unit"]))
        changed = {name: value * scale_of(units[name]) for name, value in values.items()}
        for therapy, header in self.therapies.items():
            other = header.get("like")
            for name in [name for name in self.entries if other and name.endswith(f"_{other}")]:
                own = f"{name.removesuffix(other)}{therapy}"
                for column in self.columns(name) if own not in self.entries else []:
                    changed[own + column.removeprefix(name)] = changed[column]
        return changed


def mean_of(entry):
    """Return the mean of one parameter in its unit; of a profile, of its level."""
    value, spread = entry["value"], entry["uncertainty"]
    if entry.get("by"):
        return 1.0
    if isinstance(value, dict):
        return value
    if spread["type"] == "lognormal":
        return value * math.exp(spread["sdlog"] ** 2 / 2)
    if spread["type"] == "beta" and "a" in spread:
        return spread["a"] / (spread["a"] + spread["b"])
    if spread["type"] == "beta" and "events" in spread:
        return spread["events"] / spread["n"]
    return value


def scale_of(unit):
    """Return what a number in a unit is times, in years or per year."""
    if unit.rstrip("s") in YEARS_IN:
        return YEARS_IN[unit.rstrip("s")]
    return 1 / YEARS_IN[unit.split("per ")[1]] if "per " in unit else 1.0
