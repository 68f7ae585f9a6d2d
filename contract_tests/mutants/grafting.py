"""Changing a server from outside before it starts: its functions, and what it reads of its tables.

The product knows nothing of this: it holds no switch for a fault. What is changed here is gone with the
process.
"""

import copy
import importlib
import pkgutil
import sys

import counterfoil
from counterfoil import resources


def prepare():
    """Import everything a server is made of, so that all that refers to a function can be found."""
    for name in ("app", "server"):
        importlib.import_module(f"counterfoil.{name}")
    for package in ("apis", "engine", "web", "domain"):
        home = importlib.import_module(f"counterfoil.{package}")
        for found in pkgutil.walk_packages(home.__path__, f"{home.__name__}."):
            if not found.name.endswith(("testing", "seeding")):
                importlib.import_module(found.name)


def function(path, make):
    """Put what `make` returns for a function in its place, wherever a module refers to it.

    `path` is `engine.commit:_store`, or `engine.world:World.seen`.
    """
    module, _, name = path.partition(":")
    holder = importlib.import_module(f"{counterfoil.__name__}.{module}")
    owner, _, attribute = name.rpartition(".")
    if owner:
        holder = getattr(holder, owner)
    original = getattr(holder, attribute)
    replaced = make(original)
    setattr(holder, attribute, replaced)
    for known in list(sys.modules.values()):
        if getattr(known, "__name__", "").startswith("counterfoil."):
            _replace(vars(known), original, replaced)


def constant(path, value):
    """Put a value in the place of a module's constant."""
    module, _, name = path.partition(":")
    setattr(importlib.import_module(f"counterfoil.{module}"), name, value)


def table(name, edit, api="expereon"):
    """Let a server read a table of an API as `edit` leaves it."""
    file = f"specs/{api}/{name}.yaml"

    def make(original):
        def document(asked, under=None):
            found = original(asked, under)
            if asked == file:
                found = copy.deepcopy(found)
                edit(found)
            return found

        return document

    function("resources:document", make)
    assert resources.document(file) is not None


def trusting():
    """Let a server answer what its document does not promise."""
    function("web.endpoint:Endpoint.conforms", lambda _: lambda self, status, body: None)


def _replace(names, original, replaced):
    for name, value in list(names.items()):
        if value is original:
            names[name] = replaced
        elif isinstance(value, dict):
            for key, member in list(value.items()):
                if member is original:
                    value[key] = replaced
