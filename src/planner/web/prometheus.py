"""The text in which Prometheus reads figures (format 0.0.4): families of samples, written out."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from planner.storage.durations import Durations

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """One figure. `suffix` belongs to histograms (`_bucket`, `_sum`, `_count`)."""

    value: float
    labels: Mapping[str, str] = field(default_factory=dict)
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """All figures of one name. Counters' names end in `_total`."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    words: str
    samples: tuple[Sample, ...]


def gauge(name: str, words: str, value: float) -> Family:
    """Return a figure that goes up and down."""
    return Family(name, "gauge", words, (Sample(value),))


def gauges(name: str, words: str, values: Mapping[Labels, float]) -> Family:
    """Return such figures by their labels."""
    return Family(name, "gauge", words, tuple(Sample(n, dict(labels)) for labels, n in values.items()))


def counter(name: str, words: str, value: float) -> Family:
    """Return a figure that only grows."""
    return Family(name, "counter", words, (Sample(value),))


def counters(name: str, words: str, values: Mapping[Labels, float]) -> Family:
    """Return such figures by their labels."""
    return Family(name, "counter", words, tuple(Sample(n, dict(labels)) for labels, n in values.items()))


def histogram(name: str, words: str, values: Mapping[Labels, Durations]) -> Family:
    """Return how long something took, by labels: buckets, sum and count."""
    samples = [sample for labels, took in values.items() for sample in _of_histogram(dict(labels), took)]
    return Family(name, "histogram", words, tuple(samples))


def _of_histogram(labels: dict[str, str], took: Durations) -> Iterator[Sample]:
    for bound, count in took.within():
        yield Sample(count, {**labels, "le": _number(bound)}, "_bucket")
    yield Sample(took.seconds, labels, "_sum")
    yield Sample(took.count, labels, "_count")


def render(families: Iterable[Family]) -> str:
    """Return the families as text."""
    return "".join(f"{line}\n" for family in families for line in _lines(family))


def _lines(family: Family) -> Iterator[str]:
    words = family.words.replace("\\", r"\\").replace("\n", r"\n")
    yield f"# HELP {family.name} {words}"
    yield f"# TYPE {family.name} {family.kind}"
    for sample in family.samples:
        labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in sample.labels.items())
        shown = f"{{{labels}}}" if labels else ""
        yield f"{family.name}{sample.suffix}{shown} {_number(sample.value)}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(value)
