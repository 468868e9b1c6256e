"""A server whose only task has the result that a test sets."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Optional, Type

import nebula_explorer as ne


class StubServer:
    def __init__(self) -> None:
        self.items: Any = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(handler) -> None:
                handler.respond({"items": self.items})

            def do_POST(handler) -> None:
                handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
                handler.respond({"success": True}, ("Set-Cookie", "explorer_token=secret-token; Max-Age=3600"))

            def respond(handler, data: Any, *headers: Any) -> None:
                body = json.dumps({"code": 0, "data": data, "message": "Success"}).encode()
                handler.send_response(200)
                handler.send_header("Content-Type", "application/json")
                handler.send_header("Content-Length", str(len(body)))
                for name, value in headers:
                    handler.send_header(name, value)
                handler.end_headers()
                handler.wfile.write(body)

            def log_message(handler, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def rows(self, items: Any, **options: Any) -> ne.Rows:
        """The result of the task if these are its items."""
        self.items = items
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
