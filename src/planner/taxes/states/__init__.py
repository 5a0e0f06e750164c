"""State and local income tax, and state withholding: one file of law per state, one interpreter for all."""
