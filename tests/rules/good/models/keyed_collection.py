"""A collection that is a dict, by the language."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, attribute_keyed_dict, mapped_column, relationship

from ...database import Base, IntegerKey, Str64, Timestamps


class Phrase(IntegerKey, Timestamps, Base):
    """Something that is said in several languages."""

    __tablename__ = "phrases"

    translations: Mapped[dict[str, "Translation"]] = relationship(
        collection_class=attribute_keyed_dict("language"),
        back_populates="phrase",
        cascade="all, delete-orphan",
        passive_deletes=True,
        lazy="raise",
    )


class Translation(Base):
    """A phrase in a language."""

    __tablename__ = "translations"

    phrase_id: Mapped[int] = mapped_column(
        ForeignKey("phrases.id", ondelete="CASCADE"), primary_key=True
    )
    # waive: M11 (only ever asked for with the phrase)
    language: Mapped[Str64] = mapped_column(primary_key=True)
    text: Mapped[Str64]

    phrase: Mapped[Phrase] = relationship(back_populates="translations", lazy="raise")
