"""The catalogue over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from ..database import Page
from ..importing import Imported, read_lines
from ..openapi import ETAG, LOCATION, problems, response
from ..preconditions import etag, is_current, matching_versions, required_versions
from ..schemas import Id, IfMatch, IfNoneMatch, PageRead
from ..web import CSV, RequestFile, RequestSession, RequestSessions
from .importing import product_import
from .read_models import ProductRead
from .repository import ProductRepository
from .schemas import ProductCreate, ProductQuery, ProductUpdate

router = APIRouter(prefix="/products", tags=["catalogue"], responses=problems(503))


@router.post(
    "", status_code=201, responses=response(201, LOCATION, ETAG) | problems(409)
)
async def create_product(
    new: ProductCreate, session: RequestSession, answer: Response
) -> ProductRead:
    """Store a new product."""
    products = ProductRepository(session)
    created = await products.create(new, new.categories)
    product = await products.read(created.id)
    answer.headers["Location"] = f"/products/{product.id}"
    answer.headers["ETag"] = etag(product.version)
    return product


@router.get("", response_model=PageRead[ProductRead])
async def list_products(
    query: Annotated[ProductQuery, Query()], session: RequestSession
) -> Page[ProductRead]:
    """List products, the oldest first."""
    return await ProductRepository(session).list_page(
        query.category, limit=query.limit, cursor=query.cursor
    )


@router.get(
    "/{product_id:id}",
    response_model=ProductRead,
    responses=response(200, ETAG) | response(304, ETAG) | problems(404),
)
async def read_product(
    product_id: Id,
    headers: Annotated[IfNoneMatch, Header()],
    session: RequestSession,
    answer: Response,
) -> ProductRead | Response:
    """Show one product."""
    product = await ProductRepository(session).read(product_id)
    answer.headers["ETag"] = etag(product.version)
    if is_current(headers.if_none_match, product.version):
        return Response(status_code=304, headers=answer.headers)
    return product


@router.patch(
    "/{product_id:id}", responses=response(200, ETAG) | problems(404, 409, 412)
)
async def update_product(
    product_id: Id,
    update: ProductUpdate,
    headers: Annotated[IfMatch, Header()],
    session: RequestSession,
    answer: Response,
) -> ProductRead:
    """Change a product that nobody has changed since it was read."""
    products = ProductRepository(session)
    await products.change(
        product_id,
        update.model_dump(exclude={"version"}, exclude_unset=True),
        versions=required_versions(headers.if_match, update.version),
    )
    product = await products.read(product_id)
    answer.headers["ETag"] = etag(product.version)
    return product


@router.delete(
    "/{product_id:id}",
    status_code=204,
    response_class=Response,
    responses=problems(404, 409, 412),
)
async def delete_product(
    product_id: Id, headers: Annotated[IfMatch, Header()], session: RequestSession
) -> None:
    """Take a product out of the catalogue; its orders stay, its sku is free again."""
    versions = matching_versions(headers.if_match)
    await ProductRepository(session).remove(product_id, versions=versions)


@router.post("/import", openapi_extra={"requestBody": CSV})
async def import_products(file: RequestFile, sessions: RequestSessions) -> Imported:
    """Insert or update the products of a CSV file; tell which lines are bad."""
    return await product_import.run(sessions, read_lines(file))
