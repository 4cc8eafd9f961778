"""An association that others refer to: it has a key, and each pair once."""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...database import Base, IntegerKey, Str64, Timestamps


class Student(IntegerKey, Timestamps, Base):
    """Somebody who learns."""

    __tablename__ = "students"

    name: Mapped[Str64]

    courses: Mapped[list["Course"]] = relationship(
        secondary="enrolments", viewonly=True, lazy="raise"
    )


class Course(IntegerKey, Timestamps, Base):
    """What is learned."""

    __tablename__ = "courses"

    name: Mapped[Str64]


class Enrolment(IntegerKey, Timestamps, Base):
    """Somebody learns something."""

    __tablename__ = "enrolments"
    __table_args__ = (UniqueConstraint("student_id", "course_id"),)

    student_id: Mapped[int] = mapped_column(
        ForeignKey("students.id", ondelete="CASCADE")
    )
    course_id: Mapped[int] = mapped_column(
        ForeignKey("courses.id", ondelete="CASCADE"), index=True
    )
