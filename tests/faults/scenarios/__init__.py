"""Faults, and the work that has to survive them.

What is written with `async` here runs in the environment of a rendered project, whose own
style of concurrency it is given by the template's hook `unasync`.
"""
