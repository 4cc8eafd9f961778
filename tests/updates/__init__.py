"""Projects that go on: updates, other answers, versions of the template."""
