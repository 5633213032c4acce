"""A child of the demo ends with it, also when the demo was killed and could tell nobody."""

import os
import signal

PARENT = "HEALTHBOOK_PARENT"
SECONDS = 0.5


def end_with_parent() -> None:
    """Send this process a TERM as soon as the demo that started it is gone. Does nothing outside the demo.

    An alarm rather than a thread: the server forks, and a fork should find one thread only.
    """
    parent = int(os.environ.get(PARENT, 0))

    def look(*_: object) -> None:
        if os.getppid() != parent:
            signal.setitimer(signal.ITIMER_REAL, 0)
            os.kill(os.getpid(), signal.SIGTERM)

    if parent:
        signal.signal(signal.SIGALRM, look)
        signal.setitimer(signal.ITIMER_REAL, SECONDS, SECONDS)
