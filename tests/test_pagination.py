"""What the engine's lists can be asked for, whether an API asks it or not."""

from counterfoil.engine.pagination import Choice, Query, page


def test_two_choices_find_what_has_one_value_of_each(demo):
    engine = demo.sandbox.engine
    (kind,) = [kind for kind in engine.apis["expereon"].kinds if kind.name == "invoice"]
    world = engine.store.open(engine.store.world(demo.described["id"]))
    states, currencies = ("DRAFT", "SETTLED", "APPROVED"), ("USD", "EUR")
    choices = (Choice("status", states), Choice("currency", currencies))
    everything = page(world, kind, "org_seller_1", Query(0, 100, descending=False)).records
    wanted = [r.id for r in everything if r.status in states and r.currency in currencies]

    found = page(world, kind, "org_seller_1", Query(0, 2, descending=False, choices=choices))

    assert 2 < len(wanted) < len(everything)
    assert [record.id for record in found.records] == wanted[:2]
    assert found.total == len(wanted)
