"""What the guards found in the test that is running."""

from ..finding import Finding

found: list[Finding] = []
