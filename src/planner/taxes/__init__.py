"""Tax law as data, and the arithmetic of paychecks and returns: pure functions of amounts and dates."""
