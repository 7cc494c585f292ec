"""The sandbox on a port: a threaded server and the courier beside it, in one process."""

from __future__ import annotations

import sys
import threading
import time
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any, Self
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

if TYPE_CHECKING:
    from payments.sandbox.app import Sandbox

BEAT_SECONDS = 0.05
SAVE_SECONDS = 0.5


class _ThreadingServer(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that has left; that is what silence is for."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: /sim/ shows what happened."""


class Server:
    """`with Server(sandbox, port=9100) as server:` serves until the block ends; port 0 takes any free one."""

    def __init__(self, sandbox: Sandbox, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._sandbox = sandbox
        self._http = make_server(host, port, sandbox, server_class=_ThreadingServer, handler_class=_QuietHandler)
        self.url = f"http://{host}:{self._http.server_port}"
        self._threads = [
            threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": BEAT_SECONDS}, daemon=True),
            threading.Thread(target=self._beat, daemon=True),
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._sandbox.stopping.set()
        self._http.shutdown()
        for thread in self._threads:
            thread.join()
        self._http.server_close()
        self._sandbox.save()

    def _beat(self) -> None:
        save_at = 0.0
        while not self._sandbox.stopping.wait(BEAT_SECONDS):
            self._sandbox.courier.start_due()
            if (started := time.monotonic()) >= save_at:
                self._sandbox.save()
                # A large world takes long to write: writing never takes more than a twentieth of the time.
                save_at = time.monotonic() + max(SAVE_SECONDS, 20 * (time.monotonic() - started))
