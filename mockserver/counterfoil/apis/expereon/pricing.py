"""What an invoice amounts to: the amount it names, the sum of its line items, or both alike."""

from dataclasses import dataclass
from typing import Any

from counterfoil.apis.expereon.records import LineItem
from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.domain.money import Currency, line_amount, trimmed
from counterfoil.domain.outcome import Refusal, Violation, invalid
from counterfoil.engine.world import World

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Price:
    """An invoice's amount in minor units, and the line items that make it up, if any do."""

    amount: int
    line_items: tuple[LineItem, ...] = ()


def price(book: Rulebook, world: World, currency: Currency, body: Json) -> Price:
    """Return the price a request asks for with `amount`, `lineItems` or both.

    Refuses amounts its currency cannot express, and line items that add up to something else.
    """
    raise_if_imprecise(book, currency, amounts_in(body))
    items = tuple(
        _line_item(world, currency, place, item)
        for place, item in enumerate(body.get("lineItems", ()), 1)
    )
    given = amount_of(currency, body["amount"]) if "amount" in body else None
    summed = sum(item.amount for item in items)
    if items and not 0 < summed < 10 ** (book.rules.amount_digits + currency.decimals):
        raise _invalid(book, (_out_of_range(book, "lineItems"),))
    if items and given is not None and summed != given:
        raise Refusal(
            "AMOUNT_MISMATCH",
            field="amount",
            lineItemsAmount=currency.format(summed),
            amount=currency.format(given),
        )
    return Price(summed, items) if items else Price(given or 0)


def as_sent(item: LineItem) -> Json:
    """Return a line item as a request would name it, with its id."""
    return {
        "id": item.id,
        "description": item.description,
        "quantity": item.quantity,
        "unitPrice": trimmed(item.unit_price),
        "metadata": item.metadata,
    }


def amounts_in(body: Json) -> dict[str, str]:
    """Return every amount a request names, by the path of its field."""
    named = {"amount": body["amount"]} if "amount" in body else {}
    for place, item in enumerate(body.get("lineItems", ())):
        named[f"lineItems.{place}.unitPrice"] = item["unitPrice"]
    return named


def raise_if_imprecise(book: Rulebook, currency: Currency, named: dict[str, str]) -> None:
    """Refuse amounts with more decimals than their currency has, all of them at once."""
    wrong = tuple(
        Violation(field, "precision", _decimals(currency), given=text)
        for field, text in named.items()
        if currency.parse(text) is None
    )
    if wrong:
        raise _invalid(book, wrong)


def amount_of(currency: Currency, text: str) -> int:
    """Return an amount that was found to be precise enough."""
    minor = currency.parse(text)
    assert minor is not None, f"{text} was not checked against {currency.code}"
    return minor


def _line_item(world: World, currency: Currency, position: int, item: Json) -> LineItem:
    return LineItem(
        id=item.get("id") or world.next_id("li"),
        description=item["description"],
        quantity=item["quantity"],
        unit_price=currency.format(amount_of(currency, item["unitPrice"])),
        amount=line_amount(currency, item["quantity"], item["unitPrice"]),
        position=position,
        metadata=item.get("metadata", {}),
    )


def _decimals(currency: Currency) -> str:
    most = currency.decimals
    return (
        f"at most {most} decimals in {currency.code}" if most else f"no decimals in {currency.code}"
    )


def _out_of_range(book: Rulebook, field: str) -> Violation:
    digits = book.rules.amount_digits
    return Violation(
        field, "range", f"more than zero, with at most {digits} digits before the point"
    )


def _invalid(book: Rulebook, violations: tuple[Violation, ...]) -> Refusal:
    return invalid(book.contract.policy.bodies.invalid, violations)
