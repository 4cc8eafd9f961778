"""Ask a real Prometheus every query of the dashboard and of the alerts, and draw a picture.

    PYTHONPATH=tests .cache/bench/venv/bin/python benchmarks/dashboard.py

The service is loaded with reads, orders, repetitions and mistakes while its connections
are killed. Fails when a query of the dashboard finds nothing, or a rule cannot be evaluated.
"""

import argparse
import asyncio
import json
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import matplotlib as mpl
import sqlalchemy as sa
import workshop
from matplotlib import pyplot as plt
from projects import Project
from servers import debian
from serving.service import Service, served
from workshop import ROOT, Cell

INTERVAL = "15s"  # of rates, which are asked for every second
PICTURE = ROOT / "docs/dashboard.svg"
PROMETHEUS = ROOT / ".cache/prometheus"
# Grafana's names of units, as a reader knows them.
UNITS = {"reqps": "requests/s", "ops": "per second", "s": "seconds", "short": ""}
KILL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def prometheus() -> Path:
    """Return the folder of Prometheus' programs, unpacked from Debian's packages."""
    if not PROMETHEUS.exists():
        with tempfile.TemporaryDirectory() as scratch:
            unpacked = Path(scratch) / "root"
            debian.unpack(["prometheus"], unpacked, Path(scratch) / "apt")
            (unpacked / "usr/bin").rename(PROMETHEUS)
    return PROMETHEUS


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
        return port


@contextmanager
def scraping(project: Project, port: int, folder: Path) -> Iterator[str]:
    """Scrape the service every second; give the URL of Prometheus."""
    rules = project.path / "operations/alerts.yaml"
    programs = prometheus()
    subprocess.run([programs / "promtool", "check", "rules", rules], check=True)
    config = folder / "prometheus.yml"
    target = {"targets": [f"127.0.0.1:{port}"]}
    settings = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(rules)],
        "scrape_configs": [{"job_name": "service", "static_configs": [target]}],
    }
    config.write_text(json.dumps(settings), "utf-8")
    own = free_port()
    process = subprocess.Popen(
        [
            programs / "prometheus",
            f"--config.file={config}",
            f"--storage.tsdb.path={folder / 'series'}",
            f"--web.listen-address=127.0.0.1:{own}",
            "--log.level=warn",
        ]
    )
    try:
        yield f"http://127.0.0.1:{own}"
    finally:
        process.terminate()
        process.wait()


def get(url: str, **query: object) -> Any:
    """Return what Prometheus answers."""
    with urllib.request.urlopen(f"{url}?{urllib.parse.urlencode(query)}") as answer:
        return json.load(answer)["data"]


async def load(service: Service, seconds: float, database: sa.Engine) -> None:
    """Send requests of all kinds, by 16 clients; more of them from the middle on."""
    began = time.monotonic()
    async with httpx2.AsyncClient(
        base_url=service.url, timeout=60, trust_env=False
    ) as client:
        customer = (await client.post("/customers", json=person())).json()["id"]
        products = (await client.get("/products?limit=50")).json()["items"]

        async def send() -> None:
            while (spent := time.monotonic() - began) < seconds:
                await request(client, customer, random.choice(products)["sku"])
                await asyncio.sleep(0.1 if spent < seconds / 2 else 0)

        async def kill() -> None:
            while time.monotonic() - began < seconds:
                await asyncio.sleep(3)
                with database.begin() as connection:
                    connection.exec_driver_sql(KILL)

        await asyncio.gather(kill(), *(send() for _ in range(16)))


async def request(client: httpx2.AsyncClient, customer: object, sku: str) -> None:
    """Send a request: a list, an order, a repeated order, a mistake."""
    order = {"customer_id": customer, "lines": [{"sku": sku, "quantity": 1}]}
    key = {"Idempotency-Key": str(uuid4())}
    kind = random.random()
    if kind < 0.6:
        await client.get("/orders?limit=20")
    elif kind < 0.9:
        for _ in range(random.choice([1, 1, 2])):
            await client.post("/orders", json=order, headers=key)
    elif kind < 0.95:
        await client.post("/orders", json={})
    else:
        await client.get("/nothing")
    await client.get("/health/ready")


def person() -> dict[str, str]:
    """Return a customer."""
    return {"email": f"{uuid4()}@example.com", "name": "A"}


def series(url: str, panel: dict[str, Any], seconds: float) -> list[tuple[str, Any]]:
    """Return the lines of a panel. Ends the program when a query finds nothing."""
    found: list[tuple[str, Any]] = []
    now = time.time()
    for target in panel["targets"]:
        query = target["expr"].replace("$__rate_interval", INTERVAL)
        times = {"start": now - seconds, "end": now, "step": 1}
        lines = get(f"{url}/api/v1/query_range", query=query, **times)["result"]
        if not any(value != "NaN" for line in lines for _, value in line["values"]):
            sys.exit(f"{panel['title']}: nothing is found by {query}")
        for line in lines:
            named = " ".join(line["metric"].values()) or target["legendFormat"]
            if target["legendFormat"] != "__auto" and len(lines) == 1:
                named = target["legendFormat"]
            found.append((named, line["values"]))
    return found


def draw(panels: dict[str, list[tuple[str, Any]]], units: dict[str, str]) -> None:
    """Draw the panels as the dashboard shows them."""
    mpl.use("svg")
    mpl.rcParams.update(
        {"svg.fonttype": "none", "svg.hashsalt": "bench", "font.size": 7}
    )
    figure, axes = plt.subplots(5, 3, figsize=(12, 13), layout="constrained")
    for axis in axes.flat[len(panels) :]:
        axis.set_visible(False)
    for axis, (title, lines) in zip(axes.flat, panels.items(), strict=False):
        begin = min(values[0][0] for _, values in lines)
        for name, values in lines:
            x = [moment - begin for moment, _ in values]
            axis.plot(x, [float(v) for _, v in values], linewidth=1, label=name)
        axis.set_title(title, loc="left", fontsize=9)
        axis.set_ylabel(UNITS.get(units[title], units[title]))
        axis.set_xlabel("seconds since the start")
        axis.set_ylim(bottom=0)
        axis.legend(fontsize=6)
    figure.savefig(PICTURE)


def check_alerts(url: str) -> None:
    """Print the state of each alert. Ends the program when one cannot be evaluated."""
    for group in get(f"{url}/api/v1/rules")["groups"]:
        for rule in group["rules"]:
            print(f"{rule['name']}: {rule['state']}")
            if rule["health"] != "ok":
                sys.exit(f"{rule['name']}: {rule.get('lastError')}")


def main() -> None:
    """Run the service under load, and look at it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--folder", type=Path, default=ROOT / ".cache/bench")
    asked = parser.parse_args()
    cell = Cell("postgresql", "async")
    folder = asked.folder / "dashboard"
    with ExitStack() as stack:
        servers = stack.enter_context(workshop.servers())
        url = cell.url(servers.database("postgresql", "dashboard"))
        port = free_port()
        pool = {"DATABASE_POOL_SIZE": "2", "DATABASE_MAX_OVERFLOW": "1"}
        project = replace(
            workshop.build(cell, folder, extras=["metrics"]),
            variables={"DATABASE_URL": url, "METRICS_PORT": str(port), **pool},
        )
        project.run(".venv/bin/alembic", "upgrade", "head")
        project.run(".venv/bin/my-service", "seed", "--orders=300")
        service = stack.enter_context(served(project, workers=2))
        temporary = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        prometheus_url = stack.enter_context(scraping(project, port, temporary))
        asyncio.run(load(service, asked.seconds, sa.create_engine(url)))
        time.sleep(2)
        dashboard = json.loads((project.path / "operations/dashboard.json").read_text())
        panels = {
            panel["title"]: series(prometheus_url, panel, asked.seconds)
            for panel in dashboard["panels"]
        }
        units = {
            panel["title"]: panel["fieldConfig"]["defaults"]["unit"]
            for panel in dashboard["panels"]
        }
        check_alerts(prometheus_url)
    draw(panels, units)


if __name__ == "__main__":
    main()
