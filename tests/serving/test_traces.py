"""A request, its unit of work and its statements are one trace, that of the client."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cells import CELLS
from projects import Project

from serving.service import served
from serving.test_serving import wait_until

STYLES = [cell for cell in CELLS if cell.served and cell.database == "sqlite"]
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"


@contextmanager
def collector() -> Iterator[tuple[str, list[bytes]]]:
    """Give an endpoint for spans, and a list of what it is sent."""
    sent: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", sent
        server.shutdown()


@pytest.mark.cells(*STYLES)
def test_a_request_is_part_of_its_clients_trace(shop: Project) -> None:
    with collector() as (endpoint, sent):
        exporting = {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}
        variables = {**shop.variables, **exporting, "OTEL_BSP_SCHEDULE_DELAY": "200"}
        with served(replace(shop, variables=variables), workers=1) as service:
            context = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
            path = "/products?category=planted"
            service.call("GET", path, 200, headers=context)
            # Each span has the trace: the request, its unit of work, two statements.
            trace = bytes.fromhex(TRACE)
            wait_until(lambda: b"".join(sent).count(trace) >= 4, 10)
            spans = b"".join(sent)
            assert spans.count(trace) == 4
            assert spans.count(bytes.fromhex(PARENT)) == 1
            for text in (b"GET /products", b"unit of work", b"COMMIT"):
                assert text in spans
            assert b"SELECT products" in spans
            assert b"planted" not in spans
            # Of one that its client does not sample nothing is sent.
            sent.clear()
            context = {"traceparent": f"00-{TRACE}-{PARENT}-00"}
            service.call("GET", path, 200, headers=context)
            service.call("GET", "/orders?limit=1", 200)
            wait_until(lambda: b"GET /orders" in b"".join(sent), 10)
        spans = b"".join(sent)
        assert b"SELECT orders" in spans
        assert b"SELECT products" not in spans
        assert spans.count(b"unit of work") == 1
        log = (shop.path / ".server.log").read_text("utf-8")
        assert f'"trace_id": "{TRACE}"' in log
