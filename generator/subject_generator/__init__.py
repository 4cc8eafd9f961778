"""Renders a subject: what a project of this template is about."""
