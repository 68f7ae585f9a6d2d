"""The checks: each asks one thing of a server and yields what it finds."""
