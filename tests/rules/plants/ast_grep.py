"""What ast-grep has to find."""

from rules.plants.faults import REVISIONS, SOURCE, Fault, in_function


def found(
    check: str, code: str, file: str = f"{SOURCE}/routes.py", cells: str = ""
) -> Fault:
    """What breaks a rule in conventions/rules/."""
    return Fault(check[:3], "ast-grep", check, code, file, cells)


PLANTS = [
    found("E01-one-engine", in_function("engine = build_engine(settings)")),
    found("E02-connections-are-tried", "create_async_engine(url)"),
    found("E03-pool-from-the-settings", "create_async_engine(url, pool_size=5)"),
    found("E04-no-address-in-code", 'url = "DATABASE://localhost/shop"'),
    found(
        "E04-no-address-in-code",
        'url = "DATABASE+driver://app:secret@localhost/shop"',
        f"{REVISIONS}/address.py",
    ),
    found("E05-no-echo-in-code", "create_async_engine(url, echo=True)"),
    found("S01-sessions-from-one-source", in_function("AsyncSession(engine)")),
    found("S02-sessions-are-closed", in_function("session = sessions()")),
    found("S03-no-global-session", "session = sessions()"),
    found(
        "S04-session-is-not-shared",
        in_function("await asyncio.gather(one(session), other(session))"),
        cells="-async",
    ),
    found(
        "S04-session-is-not-shared",
        in_function("executor.submit(one, session)"),
        cells="-sync",
    ),
    found(
        "S04-repository-is-not-shared",
        in_function("await asyncio.gather(one(), other())"),
        f"{SOURCE}/repository.py",
        cells="-async",
    ),
    found(
        "S04-repository-is-not-shared",
        in_function("executor.submit(one)"),
        f"{SOURCE}/repository.py",
        cells="-sync",
    ),
    found("S05-commit-at-the-edge", in_function("await session.commit()")),
    found(
        "S05-commit-at-the-edge",
        in_function("await self.session.rollback()"),
        f"{SOURCE}/repository.py",
    ),
    found(
        "S06-commit-before-the-response",
        """
        async def read(session: Annotated[AsyncSession, Depends(request_session)]): ...
        """,
        cells="fastapi",
    ),
    found("S08-readable-after-the-commit", "async_sessionmaker(engine)"),
    found("S09-flush-is-said", "async_sessionmaker(engine)"),
    found("S12-no-transactions-by-hand", 'text("BEGIN")'),
    found(
        "S12-no-transactions-by-hand", 'op.execute("COMMIT")', f"{REVISIONS}/commit.py"
    ),
    found(
        "S14-no-commit-in-a-loop",
        in_function(
            """
            for key in keys:
                async with unit_of_work(sessions) as session:
                    pass
            """
        ),
    ),
    found(
        "S15-catch-around-the-savepoint",
        in_function(
            """
            async with session.begin_nested():
                try:
                    await session.flush()
                except Conflict:
                    pass
            """
        ),
    ),
    found(
        "S16-errors-are-translated",
        in_function(
            """
            try:
                await session.flush()
            except IntegrityError:
                pass
            """
        ),
    ),
    found("A02-no-async-code", "async def read(): ...", cells="-sync"),
    found(
        "A02-no-async-code",
        "from sqlalchemy.ext.asyncio import AsyncSession",
        cells="-sync",
    ),
    found(
        "M02-mapped-column",
        """
        class Shelf(Base):
            name = Column(String(64))
        """,
        f"{SOURCE}/models.py",
    ),
    found(
        "M02-annotated",
        """
        class Shelf(Base):
            name = mapped_column(String(64))
        """,
        f"{SOURCE}/models.py",
    ),
    found(
        "M06-annotated",
        """
        class Shelf(Base):
            products = relationship("Product", lazy="raise")
        """,
        f"{SOURCE}/models.py",
    ),
    found(
        "M03-mapped-to-a-type",
        """
        class Shelf(Base):
            details: Mapped[Any] = mapped_column(JSON)
        """,
        f"{SOURCE}/models.py",
    ),
    found(
        "M07-both-sides",
        """
        class Shelf(Base):
            products: Mapped[list["Product"]] = relationship(backref="shelf")
        """,
        f"{SOURCE}/models.py",
    ),
    found("M12-in-table-args", "Index(None, Product.name)", f"{SOURCE}/models.py"),
    found("M16-aware-defaults", "made_at = mapped_column(default=datetime.now)"),
    found("M16-aware-moments", "made_at = datetime.now()"),
    found("Q01-select", in_function("session.query(Product)")),
    found("Q02-queries-in-repositories", "from sqlalchemy import select"),
    found("Q02-sessions-in-repositories", in_function("session.add(product)")),
    found(
        "Q04-first-of-an-order",
        in_function("(await session.scalars(select(Product))).first()"),
        f"{SOURCE}/repository.py",
    ),
    found(
        "Q06-no-query-in-a-loop",
        in_function(
            """
            for key in keys:
                await self.session.get(Product, key)
            """
        ),
        f"{SOURCE}/repository.py",
    ),
    found(
        "Q06-no-query-in-a-loop",
        in_function(
            """
            products = ProductRepository(session)
            return [await products.get_one(key) for key in keys]
            """
        ),
    ),
    found(
        "Q10-sql-is-a-literal",
        """
        from sqlalchemy import text
        text(f"sku = '{sku}'")
        """,
    ),
    found(
        "Q10-sql-is-a-literal",
        'op.execute("DROP TABLE %s" % name)',
        f"{REVISIONS}/drop.py",
    ),
    found("Q11-no-driver-sql", in_function("c.exec_driver_sql('SELECT 1')")),
    found(
        "Q12-counted-by-the-database",
        in_function("len((await session.scalars(statement)).all())"),
    ),
    found(
        "Q14-no-add-in-a-loop",
        in_function(
            """
            for row in rows:
                await ProductRepository(session).add(Product(**row))
            """
        ),
    ),
    found(
        "Q15-no-write-in-a-loop",
        in_function(
            """
            for product in products:
                await session.delete(product)
            """
        ),
    ),
    found("Q17-limit-of-an-order", "select(Product).limit(20)"),
    found("G01-schema-by-migrations", "Base.metadata.create_all(engine)"),
    found(
        "G03-reviewed",
        "# ### commands auto generated by Alembic - please adjust! ###",
        f"{REVISIONS}/unread.py",
    ),
    found(
        "G03-reviewed",
        "# Not read yet: compare it with what you meant, then delete this line.",
        f"{REVISIONS}/new.py",
    ),
    found(
        "G04-there-is-a-way-back",
        """
        def downgrade() -> None:
            pass
        """,
        f"{REVISIONS}/one_way.py",
    ),
    found(
        "G06-schema-or-data",
        """
        def upgrade() -> None:
            op.add_column("products", sa.Column("weight", sa.Integer()))
            op.execute("UPDATE products SET weight = 0")
        """,
        f"{REVISIONS}/both.py",
    ),
    found(
        "G06-revision-stands-alone",
        "from my_service.database.base import Base",
        f"{REVISIONS}/application.py",
    ),
    found(
        "G06-no-session",
        """
        def upgrade() -> None:
            with Session(op.get_bind()) as session:
                session.execute(products.update().values(weight=0))
        """,
        f"{REVISIONS}/session.py",
    ),
    found(
        "G07-every-difference-is-found",
        "context.configure(connection=connection, compare_type=True)",
        "migrations/env.py",
    ),
    found(
        "G12-in-batches",
        'op.alter_column("products", "name", nullable=True)',
        f"{REVISIONS}/altered.py",
        cells="sqlite",
    ),
    found(
        "G15-one-change",
        """
        def upgrade() -> None:
            op.add_column("products", sa.Column("weight", sa.Integer()))
            op.create_index("ix_products_weight", "products", ["weight"])
        """,
        f"{REVISIONS}/two.py",
        cells="mysql",
    ),
    found(
        "M13-names-fit",
        f'op.drop_index("ix_{"long_" * 13}")',
        f"{REVISIONS}/long_name.py",
    ),
    found(
        "T01-schema-by-migrations",
        "Base.metadata.create_all(engine)",
        "tests/orders/test_new.py",
    ),
    found(
        "T03-no-mocked-session",
        in_function("session = AsyncMock()"),
        "tests/test_mock.py",
    ),
    found(
        "X04-waivers-say-why",
        "size: int = get()  # type: ignore[no-any-return]",
    ),
    found("X04-waivers-say-why", "stock: Mapped[int]  # waive: M11"),
    found(
        "X04-waivers-say-why",
        '@pytest.mark.waive("Q06")\ndef test_it(): ...',
        "tests/test_waived.py",
    ),
    found("X04-waivers-say-why", "name = 1  # noqa: S105"),
    Fault(
        "X04",
        "ast-grep",
        "unused-suppression",
        "# ast-grep-ignore: Q06-no-query-in-a-loop (there was a loop)\nsize = 1",
        f"{SOURCE}/routes.py",
    ),
]
