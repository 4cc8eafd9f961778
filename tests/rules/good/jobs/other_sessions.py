"""A client of another service, whose session is not a database's."""

import aiohttp  # type: ignore[import-not-found]  # any client would do


class Weather:
    """Asks for the weather."""

    def __init__(self) -> None:
        self.session = aiohttp.ClientSession()

    async def today(self, cities: list[str]) -> list[str]:
        """Return the weather of each city."""
        found = []
        for city in cities:
            url = f"https://example.com/{city}"
            found.append(await self.session.get(url))
            await self.session.get(city)
        return found

    async def close(self) -> None:
        """End it."""
        await self.session.close()
