"""A bus of events with familiar words."""

from collections.abc import Callable


class Bus:
    """Tells listeners."""

    def __init__(self) -> None:
        self.listeners: list[Callable[[str], None]] = []

    def add(self, listener: Callable[[str], None]) -> None:
        """Add a listener."""
        self.listeners.append(listener)

    def commit(self) -> None:
        """Tell all that it is over."""
        for listener in self.listeners:
            listener("done")


def run_all(buses: list[Bus]) -> None:
    """End all."""
    for bus in buses:
        bus.commit()
