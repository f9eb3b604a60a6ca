"""Figures in the Prometheus text format, version 0.0.4."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from aggregator.model.record import dataclass

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure, or one for each set of labels."""

    name: str  # without the prefix "aggregator_"; seconds, bytes, and _total at the end of a counter
    help: str
    kind: str  # counter | gauge
    samples: tuple[tuple[Labels, float], ...]


def counter(name: str, help_text: str, value: float | Mapping[Labels, float]) -> Metric:
    """Something that only grows."""
    return Metric(name, help_text, "counter", _samples(value))


def gauge(name: str, help_text: str, value: float | Mapping[Labels, float]) -> Metric:
    """Something that goes up and down."""
    return Metric(name, help_text, "gauge", _samples(value))


def render(metrics: Iterable[Metric]) -> str:
    """The text of a scrape; samples in the order of their labels. Empty when there are no metrics."""
    return "".join(_text(metric) for metric in metrics)


def _samples(value: float | Mapping[Labels, float]) -> tuple[tuple[Labels, float], ...]:
    return tuple(sorted(value.items())) if isinstance(value, Mapping) else (((), value),)


def _text(metric: Metric) -> str:
    name = f"aggregator_{metric.name}"
    lines = [f"# HELP {name} {_escaped(metric.help)}", f"# TYPE {name} {metric.kind}"]
    lines += [f"{name}{_labels(labels)} {_number(value)}" for labels, value in metric.samples]
    return "\n".join(lines) + "\n"


def _labels(labels: Labels) -> str:
    inside = ",".join('{}="{}"'.format(name, _escaped(value).replace('"', '\\"')) for name, value in labels)
    return f"{{{inside}}}" if inside else ""


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value == int(value) else repr(float(value))
