{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Values that go in come out equal."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import Enum
from uuid import UUID

import pytest
from sqlalchemy import JSON, String, func, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from {{ package_name }}.database import CheckFailed, Repository
from {{ package_name }}.database.types import EnumByValue

from .factories import note
from .models import Colour, Note, Sample

INDIA = timezone(timedelta(hours=5, minutes=30))
VALUES: list[tuple[str, object]] = [
    ("integer", -(2**31)),
    ("integer", 2**31 - 1),
    ("big", -(2**63)),
    ("big", 2**63 - 1),
    ("yes", True),
    ("yes", False),
    ("real", 0.1),
    ("real", -1.7976931348623157e308),
    ("real", 2.2250738585072014e-308),
    ("short", ""),
    ("short", " a space before and after "),
    ("short", "100% 'quoted' \\\\ :name ?"),
    ("short", "naïve Straße, Ελληνικά, 日本"),
    ("short", "\U0001f375" * 64),
    ("long", "ä" * 100_000),
    ("raw", b""),
    ("raw", bytes(range(256)) * 400),
    ("day", date(1, 1, 1)),
    ("day", date(9999, 12, 31)),
    ("clock", time(23, 59, 59, 999_999)),
    ("moment", datetime(2000, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC)),
    ("moment", datetime(2026, 3, 29, 2, 30, tzinfo=INDIA)),
    ("moment", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ("key", UUID(int=2**128 - 1)),
    ("colour", Colour.GREEN),
    ("document", {}),
    ("document", {"ä": [1, 2.5, None, True, "\U0001f375"], "": {"deep": []}}),
    ("series", [1, None, {"two": 2}]),
]


@pytest.mark.parametrize(("column", "value"), VALUES, ids=lambda part: repr(part)[:20])
async def test_a_value_comes_back(
    session: AsyncSession,
    column: str,
    value: object,
) -> None:
    session.add(Sample(**{column: value}))
    await session.flush()
    stored = await session.scalar(select(getattr(Sample, column)))
    assert stored == value
    assert type(stored) is type(value)


async def test_nothing_comes_back_as_nothing(session: AsyncSession) -> None:
    session.add(Sample())
    await session.flush()
    columns = [column for column in Sample.__table__.columns if column.name != "id"]
    found = await session.execute(select(*columns))
    assert set(found.one()) == {None}


async def test_null_in_json_is_not_null(session: AsyncSession) -> None:
    session.add_all([Sample(document=None), Sample(document=JSON.NULL)])
    await session.flush()
    absent = select(func.count()).where(Sample.document.is_(None))
    assert await session.scalar(absent) == 1


async def test_a_naive_moment_is_refused(session: AsyncSession) -> None:
    naive = datetime(2026, 2, 28)  # noqa: DTZ001 (that is the point)
    session.add(Sample(moment=naive))
    with pytest.raises(CheckFailed, match="no time zone"):
        await session.flush()


async def test_the_database_counts_in_utc(notes: Repository[Note]) -> None:
    added = await notes.add(note())
    assert abs(datetime.now(UTC) - added.created_at) < timedelta(minutes=1)


async def test_text_is_compared_letter_by_letter(notes: Repository[Note]) -> None:
    for slug in ("a", "A", "ä"):
        await notes.add(note(slug=slug))
    assert await notes.count(Note.slug == "A") == 1


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1, 1, 1, tzinfo=INDIA),
        datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=5))),
    ],
)
async def test_a_moment_outside_of_our_years_is_refused(
    samples: Repository[Sample], moment: datetime
) -> None:
    with pytest.raises(CheckFailed, match="years 1 to 9999"):
        await samples.add(Sample(moment=moment))
    with pytest.raises(CheckFailed, match=r"moment: .* years 1 to 9999"):
        await samples.insert_many([{"moment": moment}])


async def test_an_integer_of_more_than_64_bits_is_refused(
    samples: Repository[Sample],
) -> None:
    for value in (2**63, -(2**63) - 1):
        with pytest.raises(CheckFailed):
            await samples.add(Sample(big=value))
        with pytest.raises(CheckFailed):
            await samples.insert_many([{"big": value}])


async def test_what_is_no_member_is_not_stored(samples: Repository[Sample]) -> None:
    await samples.add(Sample())
    for wrong in ("blue", "RED", "red wine"):
        with pytest.raises(CheckFailed, match="is no member of Colour"):
            await samples.add(Sample(colour=wrong))
        with pytest.raises(CheckFailed, match=r"colour: '.*' is no member of Colour"):
            await samples.insert_many([{"colour": wrong}])
        with pytest.raises(CheckFailed, match="is no member of Colour"):
            await samples.update_where(colour=wrong)
    assert await samples.count(Sample.colour.is_(None)) == 1


async def test_a_member_of_a_newer_version_is_read(
    samples: Repository[Sample],
) -> None:
    await samples.insert_many([{"colour": Colour.RED}, {"colour": Colour.GREEN}])
    newer = type_coerce("blue sky", String())
    await samples.update_where(Sample.colour == Colour.RED, colour=newer)
    unknown, green = await samples.for_update()
    assert green.colour is Colour.GREEN
    assert isinstance(unknown.colour, Colour)
    assert unknown.colour not in list(Colour)
    assert (unknown.colour.name, unknown.colour.value) == ("UNKNOWN", "blue sky")
    unknown.real = 1
    await samples.flush()
    green.colour = unknown.colour
    with pytest.raises(CheckFailed, match="is no member of Colour"):
        await samples.flush()


def test_an_enum_fits_into_its_column() -> None:
    class Fits(Enum):
        LONGEST = "x" * 32

    class TooLong(Enum):
        LONGER = "x" * 33

    assert EnumByValue(Fits).python_type is Fits
    with pytest.raises(ValueError, match="has more than 32 characters"):
        EnumByValue(TooLong)
{% endcall %}
