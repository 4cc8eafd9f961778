"""The data layer's contestants, which run in the environment of a rendered project.

Written once, for asyncio: for a sync project the words of `hooks/unasync.jinja` are left
out, as in the template. So nothing here does two things at once.
"""
