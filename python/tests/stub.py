"""A server whose only task has the result that a test sets."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Optional, Type, cast

import nebula_explorer as ne


class StubServer:
    def __init__(self) -> None:
        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def serve(self, items: Any) -> None:
        self._server.items = items

    def rows(self, items: Any, **options: Any) -> ne.Rows:
        """The result of the task if these are its items."""
        self.serve(items)
        with ne.Explorer(self.url, token="secret-token") as explorer:
            return explorer.job(1).task("a").rows(**options)

    def __enter__(self) -> StubServer:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class Server(ThreadingHTTPServer):
    items: Any = None


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"code": 0, "data": {"items": cast(Server, self.server).items}, "message": "Success"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass
