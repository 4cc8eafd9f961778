"""The guide's bearer tokens: who asks is checked, owns idempotency keys, and is logged."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cells import Cell
from projects import GUIDES, Project

from serving.service import served

SERVED = [Cell("postgresql", "fastapi", "async"), Cell("postgresql", "flask", "sync")]
MAKE_TOKENS = """
import json, pathlib, time
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

good, other = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
good.ensure_kid()
pathlib.Path("jwks.json").write_text(json.dumps(KeySet([good]).as_dict(private=False)))
now = int(time.time())
claims = {"iss": "https://login.example", "aud": "my-service", "exp": now + 600}
def token(key=good, **changed):
    header = {"alg": "ES256", "kid": good.kid}
    return jwt.encode(header, {**claims, **changed}, key)
print(json.dumps({
    "alice": token(sub="alice"),
    "bob": token(sub="bob"),
    "signed by another": token(other, sub="alice"),
    "expired": token(sub="alice", exp=now - 600),
    "for another service": token(sub="alice", aud="other"),
    "of another issuer": token(sub="alice", iss="https://evil.example"),
    "of nobody": token(),
    "unsigned": jwt.encode({"alg": "none"}, claims | {"sub": "alice"}, good,
        algorithms=["none"]),
    "not a token": "a.b.c",
}))
"""


@contextmanager
def with_tokens(project: Project) -> Iterator[dict[str, str]]:
    """Do what the guide says; give tokens, good and bad."""
    blocks = re.findall(
        r"```python\n(.*?)```",
        (GUIDES / "authentication.md")
        .read_text("utf-8")
        .partition("## Bearer tokens")[2],
        re.DOTALL,
    )
    module, fastapi, flask, _, fixture = blocks
    web = project.path / "src/my_service/web.py"
    source = web.read_text("utf-8")
    function, imports = fastapi, "from . import tokens\n"
    if "from flask" in source:
        function = flask
        imports += "from werkzeug.datastructures import WWWAuthenticate\n"
        imports += "from werkzeug.exceptions import Unauthorized\n"
    replaced = re.sub(
        r"(async )?def request_principal.*?return \"\"\n",
        function,
        source,
        flags=re.DOTALL,
    )
    assert replaced != source
    python = str(project.path / ".venv/bin/python")
    project.run("uv", "pip", "install", "--quiet", "--python", python, "joserfc")
    try:
        Path(web.parent / "tokens.py").write_text(module, "utf-8")
        web.write_text(replaced.replace("\nfrom .", f"\n{imports}from .", 1), "utf-8")
        conftest = project.path / "tests/conftest.py"
        conftest.write_text(f"{conftest.read_text('utf-8')}\n\n{fixture}", "utf-8")
        project.run(python, "-m", "pytest", "--quiet", "tests/orders")
        tokens: dict[str, str] = json.loads(
            project.run(python, "-Wignore", "-c", MAKE_TOKENS)
        )
        yield tokens
    finally:
        project.run("git", "checkout", "--quiet", "src", "tests")
        project.run("git", "clean", "--force", "--quiet", "src", "jwks.json")


@pytest.mark.cells(*SERVED)
def test_bearer_tokens_say_who_asks(shop: Project) -> None:
    with with_tokens(shop) as tokens, served(shop, 1) as service:
        product = {
            "sku": "TOKEN",
            "name": "T",
            "price_cents": 1,
            "stock": 9,
            "categories": [],
        }
        service.call("POST", "/products", 201, json=product)
        eve = {"email": "token@a.org", "name": "Asker"}
        customer = service.call("POST", "/customers", 201, json=eve)["id"]

        def place(token: str) -> tuple[int, str]:
            answer = service.client.post(
                "/orders",
                json={
                    "customer_id": customer,
                    "lines": [{"sku": "TOKEN", "quantity": 1}],
                },
                headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "same"},
            )
            assert (answer.status_code == 401) == ("WWW-Authenticate" in answer.headers)
            return answer.status_code, answer.json().get("id", "")

        placed = {name: place(token) for name, token in tokens.items()}
        assert placed["alice"] == place(tokens["alice"])
        assert placed["bob"] == place(tokens["bob"])
        assert placed["alice"][0] == placed["bob"][0] == 201
        assert placed["alice"] != placed["bob"], "the key is that of another"
        bad = {
            status
            for name, (status, _) in placed.items()
            if name not in ("alice", "bob")
        }
        assert bad == {401}
    log = (shop.path / ".server.log").read_text("utf-8")
    assert '"principal": "alice"' in log
    assert not [token for token in tokens.values() if token in log]
