"""The catalogue over HTTP."""

from flask import Blueprint, Response

from ..importing import Imported, read_lines
from ..openapi import ETAG, LOCATION, problems, response
from ..operations import operation
from ..preconditions import etag, is_current, matching_versions, required_versions
from ..schemas import Id, IfMatch, IfNoneMatch, PageRead
from ..web import answer, request_file, request_session, service
from .importing import product_import
from .read_models import ProductRead
from .repository import ProductRepository
from .schemas import ProductCreate, ProductQuery, ProductUpdate

blueprint = Blueprint("catalogue", __name__, url_prefix="/products")


@blueprint.post("")
@operation(ProductRead, 201, response(201, LOCATION, ETAG) | problems(409, 503))
def create_product(body: ProductCreate) -> Response:
    """Store a new product."""
    products = ProductRepository(request_session())
    created = products.create(body, body.categories)
    product = products.read(created.id)
    headers = {"Location": f"/products/{product.id}", "ETag": etag(product.version)}
    return answer(product, 201, headers)


@blueprint.get("")
@operation(PageRead[ProductRead], responses=problems(503))
def list_products(query: ProductQuery) -> Response:
    """List products, the oldest first."""
    page = ProductRepository(request_session()).list_page(
        query.category, limit=query.limit, cursor=query.cursor
    )
    return answer(PageRead[ProductRead].model_validate(page))


@blueprint.get("/<id:product_id>")
@operation(
    ProductRead,
    responses=response(200, ETAG) | response(304, ETAG) | problems(404, 503),
)
def read_product(product_id: Id, headers: IfNoneMatch) -> Response:
    """Show one product."""
    product = ProductRepository(request_session()).read(product_id)
    tag = {"ETag": etag(product.version)}
    if is_current(headers.if_none_match, product.version):
        return answer(None, 304, tag)
    return answer(product, 200, tag)


@blueprint.patch("/<id:product_id>")
@operation(ProductRead, responses=response(200, ETAG) | problems(404, 409, 412, 503))
def update_product(product_id: Id, body: ProductUpdate, headers: IfMatch) -> Response:
    """Change a product that nobody has changed since it was read."""
    products = ProductRepository(request_session())
    products.change(
        product_id,
        body.model_dump(exclude={"version"}, exclude_unset=True),
        versions=required_versions(headers.if_match, body.version),
    )
    product = products.read(product_id)
    return answer(product, 200, {"ETag": etag(product.version)})


@blueprint.delete("/<id:product_id>")
@operation(None, 204, problems(404, 409, 412, 503))
def delete_product(product_id: Id, headers: IfMatch) -> Response:
    """Take a product out of the catalogue; its orders stay, its sku is free again."""
    versions = matching_versions(headers.if_match)
    ProductRepository(request_session()).remove(product_id, versions=versions)
    return answer(None, 204)


@blueprint.post("/import")
@operation(Imported, responses=problems(503), media_type="text/csv")
def import_products() -> Response:
    """Insert or update the products of a CSV file; tell which lines are bad."""
    with request_file() as file:
        return answer(product_import.run(service().sessions, read_lines(file)))
