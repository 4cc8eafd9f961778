"""Checks of the text of the project: they run in a moment, and nothing is imported."""
