"""Sessions of users, which have nothing to do with a database's."""

from dataclasses import dataclass


@dataclass
class LoginSession:
    """What somebody who has logged in may do."""

    name: str

    def delete(self) -> None:
        """Forget who it was."""
        self.name = ""

    def get(self, key: str) -> str:
        """Return what is known of the user."""
        return f"{self.name}: {key}"


def log_out(logins: list[LoginSession]) -> list[str]:
    """End them all."""
    names = [login.get("name") for login in logins]
    for login in logins:
        login.delete()
    return names


SYSTEM = LoginSession("system")
