"""Migrations of a rendered project, run on real databases."""
