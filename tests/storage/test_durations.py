"""How long things took, counted in buckets."""

from planner.storage.durations import BOUNDS_SECONDS, Durations


def test_each_is_counted_within_every_bound_it_does_not_pass() -> None:
    """R36: commit latency, job duration and waiting time as histograms."""
    took = Durations()
    for seconds in (0.0, 0.001, 0.0011, 4_000.0):
        took.add(seconds)
    within = dict(took.within())
    assert list(within) == [*BOUNDS_SECONDS, float("inf")]
    assert (within[0.0005], within[0.001], within[0.0025], within[300.0], within[float("inf")]) == (
        1,
        2,
        3,
        3,
        4,
    )
    assert (took.count, round(took.seconds, 6), round(took.mean, 6)) == (4, 4000.0021, 1000.000525)
    assert (took.quantile(0.5), took.quantile(0.99)) == (0.001, float("inf"))


def test_nothing_yet_has_no_quantile() -> None:
    assert (Durations().mean, Durations().quantile(0.5)) == (0.0, None)
