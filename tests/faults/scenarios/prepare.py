"""Make the tables of models.py, and forget what is in them.

python -m faults.prepare
"""

import asyncio

from .units import open_sessions, start_over


async def main() -> None:
    """Prepare the database of the environment."""
    async with open_sessions() as sessions:
        await start_over(sessions)
    print("{}")


if __name__ == "__main__":
    asyncio.run(main())
