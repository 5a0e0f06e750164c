"""The law of a year: read from its files, or indexed for the years that are not known yet.

The rule for a year after the last known one: the last known year's indexed amounts times the rise of prices
since, rounded down to what the statute rounds to (`index_step` of the block), never below the last known
amount. The wage base follows prices too, though the statute has it follow wages. Amounts without an
`index_step` stay; a block whose `valid_until` has passed gives nothing. The withholding tables of such a
year are derived from its brackets and standard deduction in the way Publication 15-T derives them.
"""

from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType

from planner.domain.errors import Refused
from planner.taxes.law import figures, retirement_figures
from planner.taxes.law.blocks import LASTING, digest, folder_blocks, undated, years
from planner.taxes.rules import Law

FIRST_YEAR = years()[0]
LAST_YEAR = years()[-1]
LAW_VERSION = f"{LAST_YEAR}-{digest()}"
"""Names the law that derived data was worked out from; it changes with any figure of the law."""

LATEST_YEAR = 2200
_ONE = Decimal(1)


def law(year: int) -> Law:
    """Return the published law of `year`, or refuse a year whose law is not known."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refused(f"The tax law of {year} is not known; it is known for {FIRST_YEAR} to {LAST_YEAR}.")
    return law_at(year, _ONE)


def law_for(year: int, inflation: Decimal) -> Law:
    """Return the law of `year`, indexed by a yearly `inflation` after the last known year."""
    if year <= LAST_YEAR:
        return law(year)
    return law_at(year, (1 + inflation) ** (year - LAST_YEAR))


@lru_cache(maxsize=2048)
def law_at(year: int, price_level: Decimal) -> Law:
    """Return the law of `year` when prices are `price_level` times those of the last known year."""
    if not FIRST_YEAR <= year <= LATEST_YEAR:
        raise Refused(f"Taxes can be worked out from {FIRST_YEAR} to {LATEST_YEAR}, not for {year}.")
    factor = max(_ONE, price_level) if year > LAST_YEAR else _ONE
    lasting = {name: block for name, block in folder_blocks(LASTING).items() if block.in_force(year)}
    blocks = {**lasting, **folder_blocks(str(min(year, LAST_YEAR)))}
    income = figures.income(blocks, factor)
    return Law(
        year=year,
        indexed_by=factor,
        withholding=figures.withholding(blocks, None if year <= LAST_YEAR else income),
        payroll=figures.payroll(blocks, factor),
        income=income,
        limits=figures.limits(blocks, factor),
        retirement=retirement_figures.distributions(blocks),
        social_security=retirement_figures.social_security(blocks),
        savings=retirement_figures.savings(blocks, factor),
        medicare=retirement_figures.medicare(blocks, factor),
        sources=MappingProxyType({undated(name): block.source for name, block in blocks.items()}),
    )
