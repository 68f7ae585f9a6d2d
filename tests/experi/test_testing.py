"""The Experi world of `counterfoil.testing`: its keys, and all that tests need of it."""

import pytest

from counterfoil.client.control import ControlError


@pytest.fixture
def experi(started, request):
    """What the plugin's fixture of this name is; here `sandbox` is another one."""
    with started.world("experi", seed=request.node.nodeid) as world:
        yield world


def test_the_world_is_the_demo_with_keys_for_each_scope(experi):
    with experi.client() as full, experi.client("read") as reader, experi.client("write") as writer:
        assert full.get("/api/v1/invoices").json()["pagination"]["total"] == 8
        assert reader.post("/api/v1/clients", json={"name": "A"}).status_code == 403
        assert writer.get("/api/v1/clients").status_code == 403
    assert experi.key() == experi.api_key
    assert {experi.key("read"), experi.key("write")} == set(
        experi.described["experi"]["keys"].values()
    )


def test_what_happens_from_outside_is_asked_for(experi):
    client = experi.client()
    (hosting,) = client.get("/api/v1/recurring-invoices?status=ACTIVE").json()["data"]
    sent = len(experi.outbox)

    made = experi.run_now(hosting["id"])

    assert made["recurringInvoiceId"] == hosting["id"]
    invoice = client.get(f"/api/v1/invoices/{made['invoiceId']}").json()["data"]
    assert (invoice["status"], invoice["issueDate"]) == ("SENT", "2024-03-15T10:30:00Z")
    assert experi.outbox[-1]["about"] == invoice["id"]
    assert len(experi.outbox) == sent + 1
    now = client.get(f"/api/v1/recurring-invoices/{hosting['id']}").json()["data"]
    assert now["nextRunDate"] == hosting["nextRunDate"]
    assert (now["occurrencesGenerated"], now["lastRunDate"]) == (1, "2024-03-15T10:30:00Z")
    assert experi.cancel(invoice["id"]) == {"id": invoice["id"], "status": "CANCELLED"}


def test_a_paused_one_that_is_run_makes_nothing(experi):
    (retainer,) = experi.client().get("/api/v1/recurring-invoices?status=PAUSED").json()["data"]

    assert experi.run_now(retainer["id"])["invoiceId"] is None


def test_one_that_has_ended_is_run_no_more(experi):
    (launch,) = experi.client().get("/api/v1/recurring-invoices?status=ENDED").json()["data"]

    with pytest.raises(ControlError, match="is ENDED"):
        experi.run_now(launch["id"])


def test_the_account_is_switched(experi):
    assert experi.account["emailVerified"] is True
    assert experi.change_account(emailVerified=False, plan="FREE")["plan"] == "FREE"
    assert experi.client().get("/api/v1/clients").status_code == 403


def test_what_is_not_there_is_told(experi):
    for ask in (experi.run_now, experi.cancel):
        with pytest.raises(ControlError, match="The world has no"):
            ask("invoice_9")


def test_a_world_is_furnished_for_every_api(started):
    with started.world("experi", fixture="empty") as world:
        assert world.described["expereon"]["organizations"]["seller"]["id"] == "org_seller_1"
        assert world.client().get("/api/v1/clients").json()["pagination"]["total"] == 1
