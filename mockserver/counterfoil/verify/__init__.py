"""Verification: what a server does, held against what its contract says, over HTTP alone.

It imports nothing of the server: a verifier that did would test nothing.
"""
