"""The simulator finds bugs: six faults that schedulers are known for, each put back in on purpose."""

import pytest

from planner.simulation import simulate
from planner.simulation.oldfaults import OLD_FAULTS, OldFault

SEEDS_MAX = 200


def first_seed_that_finds(fault: OldFault) -> int | None:
    """Return the first seed that breaks with the fault in the process."""
    for seed in range(SEEDS_MAX):
        try:
            simulate(seed, old_fault=fault)
        except (AssertionError, ExceptionGroup):
            return seed
    return None


@pytest.mark.parametrize("fault", OLD_FAULTS, ids=lambda fault: fault.name)
def test_an_old_fault_is_found_within_200_seeds(fault: OldFault) -> None:
    """Item 12: and the seed that finds it is clean without it."""
    seed = first_seed_that_finds(fault)
    assert seed is not None
    simulate(seed)


def test_there_are_six_of_them() -> None:
    assert len({fault.name for fault in OLD_FAULTS}) == 6
