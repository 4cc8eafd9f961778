"""A graph: members who follow members."""

from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.orm import Mapped, relationship

from ...database import Base, IntegerKey, Str64, Timestamps

follows = Table(
    "follows",
    Base.metadata,
    Column(
        "follower_id", ForeignKey("members.id", ondelete="CASCADE"), primary_key=True
    ),
    Column(
        "followed_id",
        ForeignKey("members.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
)


class Member(IntegerKey, Timestamps, Base):
    """Somebody who follows and is followed."""

    __tablename__ = "members"

    name: Mapped[Str64]

    following: Mapped[list["Member"]] = relationship(
        secondary=follows,
        primaryjoin="Member.id == follows.c.follower_id",
        secondaryjoin="Member.id == follows.c.followed_id",
        back_populates="followers",
        lazy="raise",
    )
    followers: Mapped[list["Member"]] = relationship(
        secondary=follows,
        primaryjoin="Member.id == follows.c.followed_id",
        secondaryjoin="Member.id == follows.c.follower_id",
        back_populates="following",
        lazy="raise",
    )
