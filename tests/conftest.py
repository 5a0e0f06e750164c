"""What holds for every test."""

import signal

# A shell that starts the tests in the background lets them, and whatever they start, ignore Ctrl-C; tests
# send it to programs that must heed it. A handler here is the default there.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
