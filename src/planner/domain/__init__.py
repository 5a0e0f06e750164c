"""A household's facts as frozen values, and the changes that make the next value."""
