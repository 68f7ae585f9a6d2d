"""Lists: pages are parts of one whole, sorting sorts, filters keep what they say."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from counterfoil.verify.checks.check import Check
from counterfoil.verify.exchange import Exchange
from counterfoil.verify.reports.model import Finding
from counterfoil.verify.run import BrokenError, Run
from counterfoil.verify.subject import Filter, Json, Listing, Paging

SMALL, PAGES = 2, 60
"""Items on a page when pages are put together, and how many pages at most."""

MOST = 200
"""Items of a list that are read."""


def pages_are_parts_of_one_whole(run: Run) -> Iterator[Finding]:
    """Yield each list whose pages, put together, are not what one large page shows."""
    paging = _paging(run)
    for listing in run.subject.listings:
        whole = _items(run, listing)
        together: list[str] = []
        for number in range(min(PAGES, -(-len(whole) // SMALL))):
            page = _page(run, listing, {paging.page: paging.first + number, paging.limit: SMALL})
            together += [listing.id(item) for item in paging.items(page.json)]
            yield from _totals(run, listing, page, whole)
        expected = [listing.id(item) for item in whole][: PAGES * SMALL]
        if together != expected:
            claim = "pages put together are the whole list, each item once, in the same order"
            seen = f"{len(together)} items, {len(set(together))} of them different, of {len(whole)}"
            yield run.finding("lists", listing.operation, claim, seen=seen, exchange=page)
        beyond = _page(run, listing, {paging.page: paging.first + 100_000, paging.limit: SMALL})
        if paging.items(beyond.json):
            claim = "a page beyond the last one is empty"
            yield run.finding("lists", listing.operation, claim, exchange=beyond)
        yield from _totals(run, listing, beyond, whole)


def bounds_are_refused(run: Run) -> Iterator[Finding]:
    """Yield each list that takes a page or a limit that the policy does not allow."""
    paging = _paging(run)
    for listing in run.subject.listings:
        for parameter, value in (
            (paging.limit, 0), (paging.limit, paging.most + 1), (paging.limit, -1), (paging.limit, "ten"),
            (paging.page, paging.first - 1), (paging.page, "1.5"),
        ):  # fmt: skip
            params = {**listing.whole, parameter: value}
            answer = run.ask(listing.operation, listing.party, params=params)
            if run.subject.error(answer) != paging.refused:
                claim = f"{parameter}={value} is refused with {paging.refused}"
                yield run.finding("lists", listing.operation, claim, exchange=answer)
        most = run.ask(
            listing.operation, listing.party, params={**listing.whole, paging.limit: paging.most}
        )
        if not most.is_success:
            claim = f"{paging.limit}={paging.most} is allowed"
            yield run.finding("lists", listing.operation, claim, exchange=most)


def sorting_sorts(run: Run) -> Iterator[Finding]:
    """Yield each list that is not in the order it was asked for."""
    paging = _paging(run)
    for listing in run.subject.listings:
        for name, key in listing.sorts.items():
            for order in ("asc", "desc"):
                params = {paging.sort: name, paging.order: order}
                page = _page(run, listing, {**params, paging.limit: paging.most})
                values = [key(item) for item in paging.items(page.json)]
                pairs = pairwise(values if order == "asc" else values[::-1])
                if any(second < first for first, second in pairs):
                    claim = f"{paging.sort}={name} {order} puts items in that order"
                    yield run.finding("lists", listing.operation, claim, exchange=page)
        if listing.sorts and paging.sort_refused:
            answer = run.ask(listing.operation, listing.party, params={paging.sort: "nothing"})
            if run.subject.error(answer) != paging.sort_refused:
                claim = f"an unknown {paging.sort} is refused with {paging.sort_refused}"
                yield run.finding("lists", listing.operation, claim, exchange=answer)


def filters_keep_what_they_say(run: Run) -> Iterator[Finding]:
    """Yield each filter that keeps too much or too little, or takes what it should refuse."""
    paging = _paging(run)
    for listing in run.subject.listings:
        whole = _items(run, listing)
        for rule in listing.filters:
            for value in rule.values(whole) if 0 < len(whole) < MOST else ():
                page = _page(run, listing, {rule.parameter: value, paging.limit: paging.most})
                wanted = [listing.id(item) for item in whole if rule.keeps(item, value)]
                yield from _kept(run, listing, rule, page, wanted)
            if rule.refused is not None:
                params = {rule.parameter: rule.refused}
                answer = run.ask(listing.operation, listing.party, params=params)
                if run.subject.error(answer) != paging.filter_refused:
                    claim = (
                        f"{rule.parameter}={rule.refused} is refused with {paging.filter_refused}"
                    )
                    yield run.finding("lists", listing.operation, claim, exchange=answer)


def an_export_holds_what_the_list_does(run: Run) -> Iterator[Finding]:
    """Yield each export whose JSON is not the list it stands for."""
    for listing in run.subject.listings:
        if listing.export is None:
            continue
        whole = _items(run, listing)
        params = {**listing.whole, "format": "json"}
        answer = run.need(listing.export, listing.party, params=params)
        rows = (
            answer.json if isinstance(answer.json, list) else (answer.json or {}).get("items", [])
        )
        if [listing.id(row) for row in rows][: len(whole)] != [listing.id(item) for item in whole]:
            claim = f"the export holds what {listing.operation} lists, in the same order"
            seen = f"{len(rows)} rows, {len(whole)} items"
            yield run.finding("lists", listing.export, claim, seen=seen, exchange=answer)


def _kept(
    run: Run, listing: Listing, rule: Filter, page: Exchange, wanted: list[str]
) -> Iterator[Finding]:
    paging = _paging(run)
    kept, total = [listing.id(item) for item in paging.items(page.json)], paging.total(page.json)
    if kept != wanted[: paging.most] or total != len(wanted):
        claim = f"{rule.parameter} keeps what it names and nothing else"
        seen = f"{len(kept)} items, total {total}, where {len(wanted)} are right"
        yield run.finding("lists", listing.operation, claim, seen=seen, exchange=page)


def _totals(run: Run, listing: Listing, page: Exchange, whole: list[Json]) -> Iterator[Finding]:
    paging = _paging(run)
    told = paging.total(page.json), paging.pages(page.json)
    # Of a list that is too long to be read whole, the pages have to be those of what it says itself.
    total = len(whole) if len(whole) < MOST else told[0]
    if told != (total, -(-total // SMALL)):
        claim = "totals count the items, and the pages that they fill"
        seen = f"{told[0]} items on {told[1]} pages, where there are {total}, {SMALL} on each"
        yield run.finding("lists", listing.operation, claim, seen=seen, exchange=page)


def _items(run: Run, listing: Listing) -> list[Json]:
    """Return everything on a list, in its order; it was filled when it was first asked for."""
    filled = f"filled {listing.operation}"
    if filled not in run.kept and run.rules.writes and listing.fill:
        listing.fill(run)
    run.kept[filled] = True
    paging, found = _paging(run), list[Json]()
    while True:
        number = paging.first + len(found) // paging.most
        page = _page(run, listing, {paging.page: number, paging.limit: paging.most})
        items = paging.items(page.json)
        found += items
        if len(items) < paging.most or len(found) >= MOST:
            return found


def _page(run: Run, listing: Listing, params: Mapping[str, Any]) -> Exchange:
    """Return a page, which has to be one."""
    asked = {**listing.whole, **params}
    exchange = run.need(listing.operation, listing.party, params=asked)
    try:
        paging = _paging(run)
        paging.items(exchange.json), paging.total(exchange.json), paging.pages(exchange.json)
    except (KeyError, TypeError, ValueError):
        claim = f"{listing.operation} answers a page with its totals"
        raise BrokenError(exchange, listing.operation, claim) from None
    return exchange


def _paging(run: Run) -> Paging:
    assert run.subject.paging is not None
    return run.subject.paging


def _no_lists(run: Run) -> str:
    return "" if run.subject.paging and run.subject.listings else "no lists are described"


CHECKS = (
    Check("lists", "pages are parts of one whole", pages_are_parts_of_one_whole, writes=False, lacks=_no_lists),
    Check("lists", "pages and limits out of bounds are refused", bounds_are_refused, writes=False, lacks=_no_lists),
    Check("lists", "sorting sorts", sorting_sorts, writes=False, lacks=_no_lists),
    Check("lists", "filters keep what they say", filters_keep_what_they_say, writes=False, lacks=_no_lists),
    Check("lists", "an export holds what the list does", an_export_holds_what_the_list_does, writes=False, lacks=_no_lists),
)  # fmt: skip
