"""An association that tells more: how much of an ingredient a recipe takes."""

from sqlalchemy import ForeignKey
from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...database import Base, IntegerKey, Str64, Timestamps


class Ingredient(IntegerKey, Timestamps, Base):
    """What is cooked with."""

    __tablename__ = "ingredients"

    name: Mapped[Str64] = mapped_column(unique=True)


class Recipe(IntegerKey, Timestamps, Base):
    """How to cook."""

    __tablename__ = "recipes"

    title: Mapped[Str64]

    amounts: Mapped[list["Amount"]] = relationship(
        back_populates="recipe",
        cascade="all, delete-orphan",
        passive_deletes=True,
        lazy="raise",
    )
    ingredients: AssociationProxy[list[Ingredient]] = association_proxy(
        "amounts", "ingredient"
    )


class Amount(Base):
    """How much of an ingredient."""

    __tablename__ = "amounts"

    recipe_id: Mapped[int] = mapped_column(
        ForeignKey("recipes.id", ondelete="CASCADE"), primary_key=True
    )
    ingredient_id: Mapped[int] = mapped_column(
        ForeignKey("ingredients.id", ondelete="RESTRICT"), primary_key=True, index=True
    )
    grams: Mapped[int]

    recipe: Mapped[Recipe] = relationship(back_populates="amounts", lazy="raise")
    ingredient: Mapped[Ingredient] = relationship(lazy="raise")
