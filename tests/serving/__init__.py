"""The HTTP API of a rendered project, served for real."""
