"""From facts to what follows from them: flows, projections and metrics, as pure functions over numpy."""

ENGINE_VERSION = "3"
"""Names the arithmetic that derived data was worked out by; it changes whenever a figure would."""
