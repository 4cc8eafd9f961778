"""Each cell as its users live it: installed, checked, migrated, served, and let down."""

import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from cells import EACH_DRIVER, EACH_FRAMEWORK, SERVED, Cell
from conftest import ROOT, Render
from installed import Installed
from projects import GUIDES, Project
from serving.service import Service, served

from matrix.forges import checked_out, jobs

TEA = {"sku": "TEA", "name": "Tea", "price_cents": 450, "stock": 50}
CSV_ROWS = 100_000
# What `copy-data` says of what it cannot read.
SENTENCES = {
    "nonsense": "error: FROM is not the URL of a database",
    "sqlite:///none.db": "error: there is no file none.db",
    "sqlite:///empty.db": "error: FROM has no table categories: migrate it first",
    "oracle://a:b@c/d": "error: FROM needs oracledb: name another driver in it, or run",
    "postgresql+psycopg://a:b@127.0.0.1:1/c": "error: FROM ",
}

AUTHOR = {
    f"GIT_{who}_{what}": "a@example.com"
    for who in ("AUTHOR", "COMMITTER")
    for what in ("NAME", "EMAIL")
}

# Whose job of the lowest versions is run: on GitHub, on GitLab.
LOWER_BOUNDS = [
    Cell("sqlite", "fastapi", "async"),
    Cell("postgresql", "flask", "sync"),
    Cell("mysql", "none", "async"),
]

# How each server tells who else is connected to a database, asked by which driver.
CONNECTIONS = {
    "postgresql": (
        "postgresql+psycopg",
        """SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()""",
    ),
    "mysql": (
        "mysql+pymysql",
        """SELECT count(*) FROM information_schema.processlist
        WHERE db = database() AND id <> connection_id()""",
    ),
}


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder, always the same: what mypy found out of libraries there stays true."""
    place = tmp_path_factory.getbasetemp() / "checked-out"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    return place


@pytest.mark.parametrize("example", [True, False], ids=["shop", "bare"])
def test_it_passes_its_own_ci(
    cell: Cell,
    example: bool,
    installed: Installed,
    place: Path,
    record_property: Callable[[str, object], None],
) -> None:
    # What the exhaustive tests test is the same without the shop, and without a framework.
    exhaustive = example and cell.served
    project = installed(cell, example=example, exhaustive=exhaustive)
    checkout = checked_out(project, "check", place)
    cache = {"MYPY_CACHE_DIR": str(place.with_name("mypy"))}
    checkout.variables = {**checkout.variables, **cache}
    record_property("passed", checkout.run_steps(jobs(project.path)["check"].steps))
    assert checkout.run("git", "status", "--porcelain") == "", "its CI leaves traces"


@pytest.mark.cells(*EACH_DRIVER)
def test_the_data_layer_is_the_same_for_each_framework(
    cell: Cell, render: Render
) -> None:
    """So its exhaustive tests, which are run in each served cell, hold for all."""

    def data_layer(web: str) -> dict[str, str]:
        project = render(**{**cell.answers, "web": web}, example=True)
        folder = project / "src/my_service/database"
        files = folder.rglob("*.py")
        return {str(one.relative_to(folder)): one.read_text("utf-8") for one in files}

    frameworks = {"fastapi"} if cell.concurrency == "async" else {"fastapi", "flask"}
    plain = data_layer("none")
    assert len(plain) > 20
    for framework in frameworks:
        assert data_layer(framework) == plain


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="the job is for Python 3.11")
@pytest.mark.cells(*LOWER_BOUNDS)
def test_it_passes_the_job_of_its_lower_bounds(
    cell: Cell, installed: Installed, tmp_path: Path
) -> None:
    project = installed(cell, example=True, exhaustive=True)
    checkout = checked_out(project, "lower-bounds", tmp_path)
    assert checkout.run_steps(jobs(project.path)["lower-bounds"].steps) > 100
    listed = checkout.run("uv", "pip", "list", "--format=freeze", "--python=.venv")
    installed_versions = dict(re.findall(r"^(\S+)==(\S+)$", listed, re.MULTILINE))
    text = (checkout.path / "pyproject.toml").read_text("utf-8")
    for name, lowest in re.findall(r'"([a-z-]+)(?:\[\w+\])?>=([\d.]+)', text):
        if name != "hatchling":
            version = installed_versions[name]
            assert f"{version}.".startswith(f"{lowest}."), f"{name} {version}"


@pytest.mark.cells(*EACH_DRIVER)
def test_it_migrates_down_and_up(shop: Project) -> None:
    for arguments in (["check"], ["downgrade", "base"], ["upgrade", "head"], ["check"]):
        shop.run("uv", "run", "alembic", *arguments)
    assert "Running upgrade" not in shop.run("uv", "run", "alembic", "upgrade", "head")


@pytest.mark.cells(*EACH_DRIVER)
def test_its_commands_work(shop: Project, tmp_path: Path) -> None:
    def command(*arguments: str) -> str:
        return shop.run("uv", "run", shop.script, *arguments)

    assert command("ready").endswith("ready\n")
    products = tmp_path / "products.csv"
    with products.open("w", encoding="utf-8") as file:
        file.write("sku,name,price_cents,stock\n")
        file.writelines(f"SKU-{n},Product {n},{n},{n % 9}\n" for n in range(CSV_ROWS))
    imported = f"{CSV_ROWS} inserted, 0 updated, 0 rejected\n"
    assert command("import-products", str(products)).endswith(imported)
    nothing = "0 inserted, 0 updated, 0 rejected\n"
    assert command("import-products", str(products)).endswith(nothing)
    assert command("seed", "--orders=20").endswith("20 orders placed\n")
    assert command("list-orders").count("placed") == 20


@pytest.mark.cells(Cell("postgresql", "none", "async"))
def test_the_tour_shows_its_tables(shop: Project) -> None:
    drawn = shop.run("uv", "run", shop.script, "schema-diagram")
    tour = (ROOT / "docs/tour.md").read_text("utf-8")
    assert f"```mermaid\n{drawn}```" in tour


@pytest.mark.cells(Cell("sqlite", "none", "sync"))
def test_what_cannot_be_copied_is_said_in_one_sentence(shop: Project) -> None:
    (shop.path / "empty.db").touch()
    for address, sentence in SENTENCES.items():
        command = f"uv run {shop.script} copy-data {address} 2>&1; test $? = 1"
        told = shop.run("bash", "-c", command)
        assert told.startswith(sentence)
        assert "a:b@" not in told
        assert "Traceback" not in told
    assert not (shop.path / "none.db").exists()
    (shop.path / "empty.db").unlink()


@pytest.mark.cells(*EACH_DRIVER)
def test_without_a_framework_it_does_not_serve(shop: Project) -> None:
    assert "serve" not in shop.run("uv", "run", shop.script, "--help")


@pytest.mark.cells(*SERVED)
def test_it_serves_every_endpoint(cell: Cell, shop: Project) -> None:
    with served(shop, workers=1) as service:
        call_every_endpoint(service)
        if cell.web == "fastapi":
            document = service.client.get("/openapi.json").text
            assert "application/problem+json" in document
            assert "HTTPValidationError" not in document


@pytest.mark.cells(*SERVED)
def test_it_keeps_its_promises_under_load(shop: Project) -> None:
    with served(shop, workers=4) as service:
        sells_no_more_than_there_is(service)
        gives_an_email_once(service)
        finishes_what_it_began(service, shop)


@pytest.mark.cells(*EACH_DRIVER)
def test_a_changed_table_keeps_its_rows(shop: Project) -> None:
    def lines() -> int:
        return shop.run("uv", "run", shop.script, "list-orders").count(" x ")

    shop.run("uv", "run", shop.script, "seed", "--orders=5")
    before = lines()
    assert before > 5
    models = next(shop.path.glob("src/*/orders/models.py"))
    source = models.read_text("utf-8")
    models.write_text(
        source.replace(
            "status: Mapped[OrderStatus]", "status: Mapped[OrderStatus | None]"
        ),
        "utf-8",
    )
    alembic = ("uv", "run", "alembic")
    try:
        shop.run(*alembic, "revision", "--autogenerate", "-m", "allow no status")
        for step in (["upgrade", "head"], ["check"], ["downgrade", "-1"]):
            shop.run(*alembic, *step)
    finally:
        models.write_text(source, "utf-8")
        shop.run("git", "checkout", "--quiet", "migrations")
        shop.run("git", "clean", "--force", "--quiet", "migrations")
    assert lines() == before


@pytest.mark.cells(*EACH_FRAMEWORK)  # whose texts differ, and not by the style
def test_its_readme_is_true(cell: Cell, shop: Project, tmp_path: Path) -> None:
    readme = (shop.path / "README.md").read_text("utf-8")
    start, *blocks = re.findall(r"(?ms)^```bash\n(.*?)^```", readme)
    guide = (GUIDES / "adopting-a-database.md").read_text("utf-8")
    adopt = re.findall(r"(?ms)^   ```bash\n(.*?)^   ```", guide)
    commands = [line.strip() for line in "".join([start, *adopt, *blocks]).splitlines()]
    assert len(commands) > 9
    for command in commands:
        if command.startswith("docker") and not docker_runs():
            continue  # the server of the tests stands in for that of compose.yaml
        if command.startswith("uv run new_subject.py"):
            continue  # tests of subjects run it, and take back what it makes
        if command == "uv run pytest":
            continue  # its own CI runs it too
        if command.startswith("git init"):
            begun = Project(tmp_path / "begun", variables=AUTHOR)
            shutil.copytree(shop.path / "src", begun.path / "src")
            begun.run("bash", "-c", command)
            continue
        if command.endswith(" serve"):
            with served(shop, workers=1) as service:
                service.call("GET", "/health/ready", 200)
        else:
            shop.run("bash", "-c", command)
    shop.run("git", "checkout", "--quiet", "migrations")
    shop.run("git", "clean", "--force", "--quiet", "migrations")
    for command in re.findall(r"`uv run ([\w-]+)", readme):
        tools = {"alembic", "new_subject", "pre-commit", "pytest", "python"}
        assert command in {*tools, shop.script}


def docker_runs() -> bool:
    """Whether containers can be started here."""
    if shutil.which("docker") is None:
        return False
    asked = subprocess.run(["docker", "info"], capture_output=True, check=False)
    return asked.returncode == 0


def call_every_endpoint(service: Service) -> None:
    """Take each row of the table of the HTTP API."""
    call = service.call
    call("GET", "/health/live", 200)
    call("GET", "/health/ready", 200)
    ada = call("POST", "/customers", 201, json={"email": "ada@a.org", "name": "Ada"})
    assert set(ada) == {"id", "email", "name", "created_at", "updated_at"}
    call("POST", "/customers", 409, json={"email": "ada@a.org", "name": "Ada"})
    tea = call("POST", "/products", 201, json={**TEA, "categories": ["hot"]})
    call("POST", "/products", 409, json=TEA)
    listed = call("GET", "/products", 200, params={"category": "hot", "limit": 1})
    assert listed == {"items": [tea], "next_cursor": None}
    call("POST", "/products", 201, json={**TEA, "sku": "COCOA"})
    page = call("GET", "/products", 200, params={"limit": 1})
    cursor = page["next_cursor"]
    call("GET", "/products", 200, params={"limit": 100, "cursor": cursor})
    for bad in ({"limit": 0}, {"limit": 101}, {"cursor": cursor + "x"}):
        call("GET", "/products", 422, params=bad)
    path = f"/products/{tea['id']}"
    assert call("GET", path, 200)["version"] == tea["version"]
    assert service.client.get(path).headers["ETag"] == f'"{tea["version"]}"'
    change = {"version": tea["version"], "name": "Green tea"}
    assert call("PATCH", path, 200, json=change)["name"] == "Green tea"
    call("PATCH", path, 409, json=change)
    rows = "sku,name,price_cents,stock\nSALT,Salt,90,5\nRICE,Rice,cheap,5\n"
    headers = {"Content-Type": "text/csv"}
    imported = call("POST", "/products/import", 200, content=rows, headers=headers)
    assert (imported["inserted"], imported["updated"]) == (1, 0)
    assert imported["rejected"][0]["line"] == 3
    new = {"customer_id": ada["id"], "lines": [{"sku": "TEA", "quantity": 2}]}
    order = call("POST", "/orders", 201, json=new)
    assert order["total_cents"] == 900
    call("POST", "/orders", 422, json={**new, "customer_id": 10**9})
    for sku, quantity, status in (("NONE", 1, 422), ("TEA", 0, 422), ("TEA", 99, 409)):
        lines = [{"sku": sku, "quantity": quantity}]
        call("POST", "/orders", status, json={**new, "lines": lines})
    mine = call("GET", "/orders", 200, params={"customer_id": ada["id"], "limit": 5})
    assert mine["items"] == [order]
    assert call("GET", f"/orders/{order['id']}", 200) == order
    call("POST", f"/orders/{order['id']}/cancel", 200)
    call("POST", f"/orders/{order['id']}/cancel", 409)
    call("GET", "/orders/00000000-0000-7000-8000-000000000000", 404)
    assert call("GET", path, 200)["stock"] == TEA["stock"]
    call("DELETE", path, 204)
    call("GET", path, 404)
    call("POST", "/products", 201, json=TEA)
    call("GET", "/products/999999999", 404)
    call("GET", "/nowhere", 404)
    call("PUT", "/orders", 405)


def sells_no_more_than_there_is(service: Service) -> None:
    """200 orders at once for 50 pieces: 50 are accepted, and none is an error."""
    product = service.call("POST", "/products", 201, json={**TEA, "sku": "RARE"})
    eve = {"email": "eve@a.org", "name": "Eve"}
    customer = service.call("POST", "/customers", 201, json=eve)
    lines = [{"sku": "RARE", "quantity": 1}]
    order = {"customer_id": customer["id"], "lines": lines}
    request = {"method": "POST", "url": "/orders", "json": order}
    assert service.statuses([request] * 200) == {201: 50, 409: 150}
    assert service.call("GET", f"/products/{product['id']}", 200)["stock"] == 0


def gives_an_email_once(service: Service) -> None:
    """Two customers with one email at once, ten times: one has it, one is refused."""
    for number in range(10):
        new = {"email": f"twin{number}@a.org", "name": "Twin"}
        request = {"method": "POST", "url": "/customers", "json": new}
        assert service.statuses([request] * 2) == {201: 1, 409: 1}


def finishes_what_it_began(service: Service, project: Project) -> None:
    """SIGTERM in the middle of imports: all are answered, then nothing is left."""
    statuses: Counter[int] = Counter()

    def import_products(batch: int) -> None:
        rows = "".join(f"LATE-{batch}-{n},Late,1,1\n" for n in range(3000))
        response = service.client.post(
            "/products/import",
            content=f"sku,name,price_cents,stock\n{rows}",
            headers={"Content-Type": "text/csv"},
        )
        statuses[response.status_code] += 1

    clients = [threading.Thread(target=import_products, args=[n]) for n in range(4)]
    for client in clients:
        client.start()
    time.sleep(0.15)
    began = time.monotonic()
    service.process.send_signal(signal.SIGTERM)
    service.process.wait(timeout=15)
    took = time.monotonic() - began
    for client in clients:
        client.join()
    assert statuses == {200: 4}
    assert took < 10, f"it took {took:.1f} s to stop"
    assert connections(project) == 0


def connections(project: Project) -> int:
    """Count the connections that are left on a project's database."""
    if "DATABASE_URL" not in project.variables:
        return 0  # SQLite knows none
    url = sa.make_url(project.variables["DATABASE_URL"])
    driver, statement = CONNECTIONS[url.get_backend_name()]
    engine = sa.create_engine(url.set(drivername=driver), poolclass=sa.NullPool)
    deadline = time.monotonic() + 2  # the server notices a little later
    with engine.connect() as connection:
        while count := int(connection.execute(sa.text(statement)).scalar_one()):
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
    return count
