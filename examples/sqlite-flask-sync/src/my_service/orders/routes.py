"""Customers and orders over HTTP."""

from collections import Counter
from functools import partial
from uuid import UUID

from flask import Blueprint, Response

from ..database import run_in_unit_of_work
from ..openapi import LOCATION, problems, response
from ..operations import operation
from ..schemas import Id, Idempotent, PageRead
from ..web import answer, request_principal, request_session, service
from . import checkout
from .models import Customer
from .read_models import OrderRead
from .repository import CustomerRepository, OrderRepository
from .schemas import CustomerCreate, CustomerRead, OrderCreate, OrderQuery

blueprint = Blueprint("orders", __name__)


@blueprint.post("/customers")
@operation(CustomerRead, 201, response(201, LOCATION) | problems(409, 503))
def create_customer(body: CustomerCreate) -> Response:
    """Store a new customer."""
    customer = Customer(email=body.email, name=body.name)
    CustomerRepository(request_session()).add(customer)
    headers = {"Location": f"/customers/{customer.id}"}
    return answer(CustomerRead.model_validate(customer), 201, headers)


@blueprint.get("/customers/<id:customer_id>")
@operation(CustomerRead, responses=problems(404, 503))
def read_customer(customer_id: Id) -> Response:
    """Show one customer."""
    customer = CustomerRepository(request_session()).get_one(customer_id)
    return answer(CustomerRead.model_validate(customer))


@blueprint.post("/orders")
@operation(OrderRead, 201, response(201, LOCATION) | problems(409, 503))
def create_order(body: OrderCreate, headers: Idempotent) -> Response:
    """Place an order; only one, however often it comes with one Idempotency-Key."""
    quantities = Counter[str]()
    for line in body.lines:
        quantities[line.sku] += line.quantity
    order = checkout.order_once(
        service().sessions,
        body.customer_id,
        quantities,
        headers.idempotency_key,
        owner=request_principal(),
    )
    return answer(order, 201, {"Location": f"/orders/{order.id}"})


@blueprint.get("/orders")
@operation(PageRead[OrderRead], responses=problems(503))
def list_orders(query: OrderQuery) -> Response:
    """List orders, the newest first."""
    page = OrderRepository(request_session()).list_page(
        query.customer_id, limit=query.limit, cursor=query.cursor
    )
    return answer(PageRead[OrderRead].model_validate(page))


@blueprint.get("/orders/<uuid:order_id>")
@operation(OrderRead, responses=problems(404, 503))
def read_order(order_id: UUID) -> Response:
    """Show one order."""
    return answer(OrderRepository(request_session()).read(order_id))


@blueprint.post("/orders/<uuid:order_id>/cancel")
@operation(OrderRead, responses=problems(404, 409, 503))
def cancel_order(order_id: UUID) -> Response:
    """Cancel an order; its stock is given back."""
    work = partial(checkout.cancel_order, order_id=order_id)
    return answer(run_in_unit_of_work(service().sessions, work))
