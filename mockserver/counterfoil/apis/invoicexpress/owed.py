"""What is open of a client's documents."""

from decimal import Decimal

from counterfoil.apis.invoicexpress.records import Client
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.engine.values import Value
from counterfoil.engine.world import World


class Owed(Value, frozen=True):
    """What is open of a document, with and without VAT; less than nothing where it is a credit."""

    document: str
    with_vat: Decimal
    without_vat: Decimal
    due: str


def owed_by(book: Rulebook, world: World, client: Client) -> list[Owed]:
    """Return what is open of each document of a client, the oldest first: none, as there are no documents."""
    return []
