"""Fixtures: what is wrong with one is told in a sentence."""

import pytest

from counterfoil import resources
from counterfoil.assembly import Engine, database_of
from counterfoil.engine.clock import Clock
from counterfoil.operating import OperatingError
from experi.business import CLIENT
from harness import instant

LINE = {"description": "W", "quantity": 1, "unitPrice": 1}
DRAFT = {"clientId": CLIENT, "lineItems": [LINE]}
WRONG = [
    ({"since": "yesterday"}, r"the fixture has a mistake: Invalid ISO8601 duration - at `\$.since`"),
    ({"colour": "red"}, "the fixture has a mistake: Object contains unknown field `colour`"),
    ({"steps": [{"at": "-P1D", "call": "createInvoise"}]}, r"calls 'createInvoise', which is no operation \(did you mean 'createInvoice'\?\)"),
    ({"steps": [{"at": "-P1D", "call": "sendInvoice", "of": "website"}]}, "speaks of 'website', which no step made"),
    ({"steps": [{"at": "-P1D", "call": "createInvoice", "body": DRAFT | {"clientId": "client_9"}}]}, "createInvoice at .* is refused with CLIENT_NOT_FOUND; correct it"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "said"), WRONG)
def test_a_mistake_stops_the_start_with_a_sentence(change, said):
    engine = Engine(database_of(None))
    content = resources.document("fixtures/experi/empty.yaml") | change
    row = engine.store.create("wrong", "wrong", Clock.frozen_at(instant()))

    with pytest.raises(OperatingError, match=said), engine.store.writing(row) as world:
        engine.apis["experi"].furnish(world, content)
    engine.close()
