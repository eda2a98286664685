"""Plain data to YAML that reads back the same by the rules of YAML 1.2."""

from __future__ import annotations

from typing import Any

import yaml

from remit.files.yaml_scalars import ScalarError, plain_value

WIDTH = 110


def yaml_text(data: object) -> str:
    """Return plain data as YAML.

    >>> print(yaml_text({"title": "1e3", "value": 0.5}).rstrip())
    title: '1e3'
    value: 0.5
    """
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)


def yaml_line(value: object) -> str:
    """Return plain data as one line of YAML.

    >>> yaml_line([{"length": "1 month"}, {"length": "1 year"}]), yaml_line(0.04)
    ('[{length: 1 month}, {length: 1 year}]', '0.04')
    """
    options: dict[str, Any] = {"sort_keys": False, "allow_unicode": True, "width": float("inf")}
    text: str = yaml.dump([value], Dumper=_Dumper, default_flow_style=True, **options)
    return text.strip()[1:-1]


class _Dumper(yaml.SafeDumper):
    """PyYAML writes by YAML 1.1, where `1e3` is a text that needs no quotes."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - what stands twice is written twice
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    try:
        means_itself = not text or plain_value(text) == text
    except ScalarError:
        means_itself = False
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if means_itself else "'")


_Dumper.add_representer(str, _text)
