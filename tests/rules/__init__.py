"""The conventions of a rendered project: each finds what breaks it, and nothing else."""
