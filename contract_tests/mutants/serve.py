"""Serve the sandbox with one fault: `python contract_tests/mutants/serve.py NAME [options of serve]`."""

import sys

import grafting
from catalogue import MUTANTS

from counterfoil.cli import main


def serve(name, *options):
    """Serve with a fault until a signal comes; return the exit code."""
    grafting.prepare()
    MUTANTS[name].apply()
    return main(["serve", *options])


if __name__ == "__main__":
    sys.exit(serve(*sys.argv[1:]))
