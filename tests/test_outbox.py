"""The outbox: e-mails that an API sends stay in the world, with what went with them."""

from counterfoil.assembly import Engine, database_of
from counterfoil.engine import outbox
from counterfoil.engine.clock import Clock
from counterfoil.engine.commit import commit
from counterfoil.engine.worlds import Opening
from counterfoil.papers import pdf
from counterfoil.papers.paper import Line, Paper, Party, Total
from harness import instant

PAPER = Paper(
    title="Invoice",
    number="INV-1",
    issuer=Party(name="Loja Lda"),
    customer=Party(name="Łukasz Żak"),
    lines=(Line(name="Product A", total="10.00"),),
    totals=(Total("Total", "10.00", strong=True),),
    made_at=instant(),
)


def post(world, to, about):
    enclosed = (outbox.Enclosure("INV-1.pdf", PAPER),)
    members = {"api": "some", "kind": "INVOICE", "subject": "Your invoice", "body": "Attached."}
    letter, change = outbox.sent(world, enclosed, to=to, about=about, **members)
    commit(world, change, "some")
    return letter


def test_letters_are_kept_found_and_bounced():
    engine = Engine(database_of(None))
    clock = Clock.frozen_at(instant())
    row = engine.worlds.create(Opening("empty", 1, clock))
    with engine.store.writing(row) as world:
        first, second = (
            post(world, "ann@example.com", "doc_1"),
            post(world, "bob@example.com", "doc_2"),
        )
        before = outbox.letters(world, 10)
        _, change = outbox.bounced(world, second)
        commit(world, change, "some")

        content = outbox.attached(world, first, 1)
        assert content is not None
        assert (content.name, content.type) == ("INV-1.pdf", "application/pdf")
        assert content.body == pdf.render(PAPER)
        assert outbox.attached(world, first, 0) is outbox.attached(world, first, 2) is None
        assert [letter.to for letter in before.records] == ["ann@example.com", "bob@example.com"]
        assert outbox.letters(world, 10, about="doc_2", to="bob@example.com").total == 1
        (returned,) = outbox.letters(world, 10, status="BOUNCED").records
        assert outbox.shown(returned) == {
            "id": "mail_000002", "api": "some", "kind": "INVOICE", "to": "bob@example.com", "cc": [],
            "bcc": [], "subject": "Your invoice", "body": "Attached.", "about": "doc_2",
            "attachments": [{"fileName": "INV-1.pdf", "contentType": "application/pdf"}],
            "status": "BOUNCED", "createdAt": "2024-03-15T10:30:00Z",
        }  # fmt: skip
    engine.close()
