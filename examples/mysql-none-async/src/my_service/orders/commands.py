"""Orders on the command line."""

from functools import partial
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from ..commands import run_command
from ..database import Sessions, unit_of_work
from .read_models import LineRead, OrderRead
from .repository import OrderRepository
from .seeding import seed as seed_orders

cli = typer.Typer()


@cli.command()
def list_orders(limit: Annotated[int, typer.Option(min=1, max=1000)] = 20) -> None:
    """Print the newest orders with their lines."""
    table = Table("ordered at", "customer", "status", "lines", "total")
    for order in run_command(partial(_newest, limit=limit)):
        table.add_row(
            f"{order.created_at:%Y-%m-%d %H:%M:%S}",
            str(order.customer_id),
            order.status,
            "\n".join(map(described, order.lines)),
            f"{order.total_cents / 100:.2f}",
        )
    Console().print(table)


@cli.command()
def seed(orders: Annotated[int, typer.Option(min=0)] = 100) -> None:
    """Store example products, customers and orders."""
    run_command(partial(_seed, orders=orders))
    typer.echo(f"{orders} orders placed")


def described(line: LineRead) -> str:
    """Return a line as the table shows it."""
    # What is not printable may drive the terminal.
    name = "".join(filter(str.isprintable, line.name))
    return f"{line.quantity} x {escape(name)}"


async def _newest(sessions: Sessions, limit: int) -> list[OrderRead]:
    async with unit_of_work(sessions) as session:
        page = await OrderRepository(session).list_page(None, limit=limit, cursor=None)
        return list(page.items)


async def _seed(sessions: Sessions, orders: int) -> None:
    numbers = track(range(orders), "Ordering", console=Console(stderr=True))
    async with unit_of_work(sessions) as session:
        await seed_orders(session, numbers)
