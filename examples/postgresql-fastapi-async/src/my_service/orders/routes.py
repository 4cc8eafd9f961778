"""Customers and orders over HTTP."""

from collections import Counter
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response

from ..database import Page, run_in_unit_of_work
from ..openapi import LOCATION, problems, response
from ..schemas import Id, Idempotent, PageRead
from ..web import RequestPrincipal, RequestSession, RequestSessions
from . import checkout
from .models import Customer
from .read_models import OrderRead
from .repository import CustomerRepository, OrderRepository
from .schemas import CustomerCreate, CustomerRead, OrderCreate, OrderQuery

router = APIRouter(tags=["orders"], responses=problems(503))


@router.post(
    "/customers", status_code=201, responses=response(201, LOCATION) | problems(409)
)
async def create_customer(
    new: CustomerCreate, session: RequestSession, answer: Response
) -> CustomerRead:
    """Store a new customer."""
    customer = Customer(email=new.email, name=new.name)
    await CustomerRepository(session).add(customer)
    answer.headers["Location"] = f"/customers/{customer.id}"
    return CustomerRead.model_validate(customer)


@router.get("/customers/{customer_id:id}", responses=problems(404))
async def read_customer(customer_id: Id, session: RequestSession) -> CustomerRead:
    """Show one customer."""
    customer = await CustomerRepository(session).get_one(customer_id)
    return CustomerRead.model_validate(customer)


@router.post(
    "/orders", status_code=201, responses=response(201, LOCATION) | problems(409)
)
async def create_order(
    new: OrderCreate,
    headers: Annotated[Idempotent, Header()],
    sessions: RequestSessions,
    principal: RequestPrincipal,
    answer: Response,
) -> OrderRead:
    """Place an order; only one, however often it comes with one Idempotency-Key."""
    quantities = Counter[str]()
    for line in new.lines:
        quantities[line.sku] += line.quantity
    order = await checkout.order_once(
        sessions,
        new.customer_id,
        quantities,
        headers.idempotency_key,
        owner=principal,
    )
    answer.headers["Location"] = f"/orders/{order.id}"
    return order


@router.get("/orders", response_model=PageRead[OrderRead])
async def list_orders(
    query: Annotated[OrderQuery, Query()], session: RequestSession
) -> Page[OrderRead]:
    """List orders, the newest first."""
    return await OrderRepository(session).list_page(
        query.customer_id, limit=query.limit, cursor=query.cursor
    )


@router.get("/orders/{order_id:uuid}", responses=problems(404))
async def read_order(order_id: UUID, session: RequestSession) -> OrderRead:
    """Show one order."""
    return await OrderRepository(session).read(order_id)


@router.post("/orders/{order_id:uuid}/cancel", responses=problems(404, 409))
async def cancel_order(order_id: UUID, sessions: RequestSessions) -> OrderRead:
    """Cancel an order; its stock is given back."""
    work = partial(checkout.cancel_order, order_id=order_id)
    return await run_in_unit_of_work(sessions, work)
