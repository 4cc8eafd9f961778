"""A relationship that is only read: the last price of an article."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...database import Base, Cents, IntegerKey, Timestamps


class Article(IntegerKey, Timestamps, Base):
    """Something with a history of prices."""

    __tablename__ = "articles"

    prices: Mapped[list["Price"]] = relationship(
        back_populates="article",
        cascade="all, delete-orphan",
        passive_deletes=True,
        lazy="raise",
    )
    high_prices: Mapped[list["Price"]] = relationship(
        primaryjoin="and_(Article.id == Price.article_id, Price.cents > 1000)",
        viewonly=True,
        lazy="raise",
    )


class Price(IntegerKey, Timestamps, Base):
    """What an article cost from then on."""

    __tablename__ = "prices"

    article_id: Mapped[int] = mapped_column(
        ForeignKey("articles.id", ondelete="CASCADE"), index=True
    )
    cents: Mapped[Cents]

    article: Mapped[Article] = relationship(back_populates="prices", lazy="raise")
