"""A knob in other words: KerasTuner's description of a hyper-parameter, and the journal's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tftune.space.knob import Condition, Knob, Value


def read_knob(kind: str, config: Mapping[str, Any]) -> Knob:
    """Reads KerasTuner's description of one hyper-parameter."""
    conditions = tuple(
        Condition(c["config"]["name"], tuple(c["config"]["values"])) for c in config["conditions"]
    )
    if kind in ("Int", "Float"):
        plain: type = int if kind == "Int" else float
        low, high = plain(config["min_value"]), plain(config["max_value"])
        step = None if config["step"] is None else plain(config["step"])
        knob = Knob(
            config["name"],
            kind,
            low,
            conditions,
            low=low,
            high=high,
            step=step,
            sampling=config["sampling"],
        )
    else:
        choices = _choices(kind, config)
        knob = Knob(
            config["name"],
            kind,
            choices[0],
            conditions,
            choices=choices,
            ordered=bool(config.get("ordered", False)),
        )
    knob.check_range()
    default = config.get("default")
    return knob if default is None else replace(knob, default=knob.canonical(default))


def _choices(kind: str, config: Mapping[str, Any]) -> tuple[Value, ...]:
    if kind == "Boolean":
        return (False, True)
    if kind == "Fixed":
        return (config["value"],)
    choices = tuple(dict.fromkeys(config["values"]))
    if set(choices) == {0, 1} and all(type(choice) is int for choice in choices):
        return tuple(bool(choice) for choice in choices)  # KerasTuner turned booleans into integers
    return choices


def knob_record(knob: Knob) -> dict[str, Any]:
    """Describes a knob for JSON."""
    record: dict[str, Any] = {"name": knob.name, "kind": knob.kind}
    if knob.kind in ("Int", "Float"):
        record.update(min=knob.low, max=knob.high, step=knob.step, sampling=knob.sampling)
    elif knob.kind == "Choice":
        record.update(values=list(knob.choices), ordered=knob.ordered)
    record["default"] = knob.default
    record["conditions"] = [
        {"parent": condition.parent, "values": list(condition.values)}
        for condition in knob.conditions
    ]
    return record


def keras_tuner_config(record: Mapping[str, Any]) -> dict[str, Any]:
    """The reverse of `knob_record`, in KerasTuner's form."""
    parents = [
        {"class_name": "Parent", "config": {"name": c["parent"], "values": list(c["values"])}}
        for c in record["conditions"]
    ]
    config: dict[str, Any] = {"name": record["name"], "conditions": parents}
    if record["kind"] in ("Int", "Float"):
        config.update(
            min_value=record["min"],
            max_value=record["max"],
            step=record["step"],
            sampling=record["sampling"],
        )
    elif record["kind"] == "Choice":
        config.update(values=list(record["values"]), ordered=record["ordered"])
    config["value" if record["kind"] == "Fixed" else "default"] = record["default"]
    return config
