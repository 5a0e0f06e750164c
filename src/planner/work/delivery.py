"""The two ways in which a message is not delivered."""


class RefusedThere(Exception):
    """The far side does not want this message, now or later."""


class NotNow(Exception):
    """It could not be delivered this time, or it is not known whether it was."""
