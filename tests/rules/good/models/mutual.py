"""Two tables that refer to each other."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...database import Base, IntegerKey, Timestamps


class Team(IntegerKey, Timestamps, Base):
    """One of its players leads it."""

    __tablename__ = "teams"

    captain_id: Mapped[int | None] = mapped_column(
        ForeignKey("players.id", ondelete="SET NULL", use_alter=True), index=True
    )

    captain: Mapped["Player | None"] = relationship(
        foreign_keys=captain_id, post_update=True, lazy="raise"
    )


class Player(IntegerKey, Timestamps, Base):
    """Plays in a team."""

    __tablename__ = "players"

    team_id: Mapped[int] = mapped_column(
        ForeignKey("teams.id", ondelete="CASCADE"), index=True
    )

    team: Mapped[Team] = relationship(foreign_keys=team_id, lazy="raise")
