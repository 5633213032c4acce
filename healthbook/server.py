"""gunicorn's settings and hooks. The master reads them, so nothing here may import the app.

psycopg chooses how it waits when it is imported: that must be in a worker, after gevent has patched it.
"""

import gc

import gevent

from healthbook.config import address
from healthbook.demo.parent import end_with_parent

host, port = address()

wsgi_app = "healthbook.app:create_app()"
bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
worker_class = "gevent"
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


def end_streams(worker) -> None:
    """A worker that is told to stop would wait for its open pages, which never end by themselves."""
    while worker.alive:
        gevent.sleep(0.1)
    # Nor would a browser whose page has ended ask for another on the same connection.
    worker.cfg.set("keepalive", 0)
    worker.wsgi.extensions["live"].close()
