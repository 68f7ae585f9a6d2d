"""Arazzo 1.0.1: reading, checking, running and recording business stories.

`reading` and `check` refuse a document before anything is sent; `running` walks it; `recording` writes
one from the journal of a world.
"""
