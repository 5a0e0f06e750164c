"""The example households, all invented, that a new database starts with."""
