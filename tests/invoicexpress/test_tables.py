"""InvoiceXpress's own tables are checked when they are read, and say everything in three languages."""

import pytest
from msgspec.structs import replace

from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.contract.load import load
from counterfoil.operating import OperatingError

CONTRACT = load("invoicexpress")
ENGLISH_ALONE = {"BALANCE_NOT_WRAPPED", "CANT_HANDLE", "CHANGE_EVENT", "DATE_BEFORE_LAST", "GUIDE_UPDATE_BROKEN", "INTERNAL_ERROR", "INVALID_KEY", "MALFORMED_JSON", "METHOD_NOT_ALLOWED", "TAX_VALUE_NUMBER"}  # fmt: skip
"""What the wire tells in English whatever the account's language, or the sandbox of itself."""


def with_rules(**changes):
    rules = dict(CONTRACT.policy.rules) | changes
    return type(CONTRACT)(
        **{name: getattr(CONTRACT, name) for name in CONTRACT.__slots__ if name != "policy"},
        policy=replace(CONTRACT.policy, rules=rules),
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"per_page": "ten"}, "per_page"),
        ({"sequence_codes": {"createSerie": {}}}, "'createSerie' is no operation"),
        (
            {
                "shapes": [
                    {
                        "operations": ["getTaxes"],
                        "status": 404,
                        "observed": "blank",
                        "documented": "blank",
                    }
                ]
            },
            "did you mean 'getTax'",
        ),
    ],
)
def test_a_mistake_in_them_stops_the_start(changes, told):
    with pytest.raises(OperatingError, match=told):
        Rulebook.of(with_rules(**changes))


def test_every_message_is_told_in_every_language():
    rows = [*CONTRACT.refusals.values()]
    untold = {row.code for row in rows if set(row.translations) != {"pt", "es"}}

    assert untold == ENGLISH_ALONE
    assert {
        row.keyword for row in CONTRACT.violations.values() if set(row.translations) != {"pt", "es"}
    } == {"http"}


def test_a_translation_has_the_facts_of_its_message():
    rows = [*CONTRACT.refusals.values(), *CONTRACT.violations.values()]
    told = [
        (row.message, translation)
        for row in rows
        for translation in row.translations.values()
        if set(facts(translation)) - set(facts(row.message))
    ]

    assert told == []


def facts(message):
    return [part.partition("}")[0] for part in message.split("{")[1:]]


def test_a_field_has_a_name_in_every_language():
    labels = CONTRACT.policy.rules["labels"]

    assert {frozenset(names) for names in labels.values()} == {frozenset({"pt", "en", "es"})}
