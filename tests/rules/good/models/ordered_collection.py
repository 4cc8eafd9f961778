"""A collection that keeps its order."""

from sqlalchemy import ForeignKey
from sqlalchemy.ext.orderinglist import OrderingList, ordering_list
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...database import Base, IntegerKey, Timestamps


class Playlist(IntegerKey, Timestamps, Base):
    """Songs, one after the other."""

    __tablename__ = "playlists"

    songs: Mapped[OrderingList["Song"]] = relationship(
        collection_class=ordering_list("position"),
        order_by="Song.position",
        back_populates="playlist",
        cascade="all, delete-orphan",
        passive_deletes=True,
        lazy="raise",
    )


class Song(IntegerKey, Timestamps, Base):
    """A song in a playlist."""

    __tablename__ = "songs"

    playlist_id: Mapped[int] = mapped_column(
        ForeignKey("playlists.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int]

    playlist: Mapped[Playlist] = relationship(back_populates="songs", lazy="raise")
