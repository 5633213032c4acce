"""gunicorn's settings and hooks. The master reads them, so nothing here may import the app.

psycopg chooses how it waits when it is imported: that must be in a worker, after gevent has patched it.
"""

import gc
from functools import partial

import gevent
from gevent.pool import Pool
from gevent.server import StreamServer
from gunicorn.workers.ggevent import GeventWorker

from healthbook.config import address
from healthbook.demo.parent import end_with_parent

# Bytes of a body: any form of ours, and no file.
SMALL = 64 * 1024

host, port = address()


class Worker(GeventWorker):
    """Takes a new connection only while it has a turn free.

    Whoever comes else waits where both workers look, and the first to be free takes whoever has waited longest.
    """

    def server_class(self, listener, spawn: Pool, **settings) -> StreamServer:
        server = StreamServer(listener, partial(self.handle, listener), spawn=spawn)
        # One at a time: each is to have its turn before the next is let in.
        server.max_accept = 1

        def door(open: bool) -> None:
            if server.started:
                server.start_accepting() if open else server.stop_accepting()

        self.wsgi.extensions["turns"].door = door
        return server


wsgi_app = "healthbook.app:create_app()"
bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
worker_class = Worker
workers = 2
worker_connections = 2000
timeout = 60
graceful_timeout = 3
keepalive = 5
control_socket_disable = True


def on_starting(server) -> None:
    end_with_parent()


def post_worker_init(worker) -> None:
    # What is loaded by now stays: the collector need not walk it again and again.
    gc.freeze()
    gevent.spawn(end_streams, worker)


def pre_request(worker, request) -> None:
    """Whoever takes the last turn here, or waits for one, is to queue with all others when asking again."""
    if worker.wsgi.extensions["turns"].free <= 1 and is_small(request):
        request.force_close()


def is_small(request) -> bool:
    """Of a body that is refused unread, the rest would meet a closed connection, and nobody would see why."""
    headers = dict(request.headers)
    return "TRANSFER-ENCODING" not in headers and int(headers.get("CONTENT-LENGTH", 0)) <= SMALL


def end_streams(worker) -> None:
    """A worker that is told to stop would wait for its open pages, which never end by themselves."""
    while worker.alive:
        gevent.sleep(0.1)
    # Nor would a browser whose page has ended ask for another on the same connection.
    worker.cfg.set("keepalive", 0)
    worker.wsgi.extensions["live"].close()
