"""The HTTP contestants: each lists the newest orders of the rendered shop.

As the other contestants they are written once, for asyncio.
"""
