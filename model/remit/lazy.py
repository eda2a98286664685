"""Public names that are loaded when first used, so that the command line starts at once (PEP 562)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module


def lazy_names(package: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """Return a module's ``__getattr__`` that loads each name from the module that defines it.

    Parameters
    ----------
    package
        The package's ``__name__``.
    homes
        Public name -> module.
    """

    def load(name: str) -> object:
        if name in homes:
            return getattr(import_module(homes[name]), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return load
