"""Work that takes its time goes on beside the loop that answers everybody else, so much of it at once and no more."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from flask_babel import gettext as _
from gevent import monkey
from gevent.threadpool import ThreadPool

from healthbook.errors import Busy


class Beside:
    """In each worker one thread of its own; `most` may wait for it. The work answers and never raises."""

    def __init__(self, most: int):
        self.most, self.waiting = most, 0

    def run(self, work: Callable, *given: Any) -> Any:
        """What the work answers. Raises Busy."""
        if not monkey.is_module_patched("socket"):
            return work(*given)
        if self.waiting >= self.most:
            raise Busy(_("We have very much to do just now. Please try again in a few seconds."))
        self.waiting += 1
        try:
            return self.thread.apply(work, given)
        finally:
            self.waiting -= 1

    @cached_property
    def thread(self) -> ThreadPool:
        return ThreadPool(1)
