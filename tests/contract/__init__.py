"""The contract of the data layer that a project keeps: each promise is broken, and noticed."""
