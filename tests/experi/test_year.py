"""A year of many recurring invoices: exactly what is expected, in order of time, at a cost that is linear."""

from counterfoil.assembly import Engine, database_of
from counterfoil.engine import schedule
from counterfoil.engine.call import Call, Principal
from counterfoil.engine.clock import Clock, text
from counterfoil.engine.perform import perform
from counterfoil.engine.worlds import Opening
from experi.business import CLIENT
from harness import instant

LINE = {"description": "Hosting", "quantity": 1, "unitPrice": 45}


class Year:
    """A world of its own in an engine of its own, without the web, in which statements are counted."""

    def __init__(self, count: int) -> None:
        self.engine = Engine(database_of(None))
        clock = Clock.frozen_at(instant())
        self.row = self.engine.worlds.create(Opening("empty", 1, clock))
        self.statements = 0
        with self.engine.store.writing(self.row) as world:
            for place in range(count):
                self._begin(world, f"2024-03-{16 + place % 14:02d}T{place % 24:02d}:00:00Z")

    def _begin(self, world, start):
        api = self.engine.apis["experi"]
        call = Call(
            operation=api.contract.operations["createRecurringInvoice"],
            principal=Principal("account_1", "test", frozenset()),
            path="",
            arguments={},
            body={
                "clientId": CLIENT,
                "frequency": "MONTHLY",
                "startDate": start,
                "lineItems": [LINE],
            },
        )
        perform(api.functions["createRecurringInvoice"], call, world, "experi")

    def pass_by(self):
        """Let a year pass; return when what was done, and the statements it took."""
        ran = []
        works = {name: api.jobs for name, api in self.engine.apis.items()}
        with self.engine.store.writing(self.row) as world:
            end = world.now.replace(year=world.now.year + 1)
            connection = self.engine.store.database._connection
            connection.set_trace_callback(self._count)
            while (at := schedule.next_instant(world, after=None, paused=True)) and at <= end:
                world.now = at
                ran += [(text(due.at), due.subject) for due, _ in schedule.run(world, works)]
            connection.set_trace_callback(None)
            made = self.engine.apis["experi"].kinds[2]
            invoices = [text(invoice.issue_date) for invoice in world.every(made)]
        self.engine.close()
        return ran, invoices

    def _count(self, statement):
        self.statements += 1


def expected(count):
    """Return the instants of all occurrences of a year, month by month, in order of time."""
    months = [(2024, month) for month in range(3, 13)] + [(2025, month) for month in range(1, 4)]
    every = [
        f"{year}-{month:02d}-{min(16 + place % 14, 28 if month == 2 else 31):02d}T{place % 24:02d}:00:00Z"
        for year, month in months
        for place in range(count)
    ]
    return sorted(at for at in every if at <= "2025-03-15T10:30:00Z")


def test_a_year_of_a_thousand_has_every_occurrence_once_and_in_order():
    ran, invoices = Year(1000).pass_by()

    assert len(invoices) == 12_000
    assert [at for at, _ in ran] == invoices == expected(1000)


def test_a_job_costs_as_much_among_many_as_among_few():
    few, many = Year(5), Year(60)

    few.pass_by()
    many.pass_by()

    assert many.statements / (60 * 12) <= 1.02 * few.statements / (5 * 12)
