"""`counterfoil record`: what was done by hand in one world is played again in another."""

import httpx
import pytest
import yaml

from arazzo.stories import play
from counterfoil.operating import OperatingError
from counterfoil.verify.arazzo.recording import record

INVOICES = "/api/v1/invoices"
DESTINATION = {"type": "BANK_ACCOUNT", "accountNumberLast4": "4242", "bankName": "Alpenbank"}


def by_hand(world):
    """Do what a person would who tries things out: bill, edit, err, approve, let time pass, pay out."""
    seller, buyer = world.seller, world.buyer
    inbox = world.control("PUT", "/inboxes/mine", responses=[])["url"]
    seller.post("/api/v1/settings/webhooks", url=inbox, events=["invoice.approved"])
    number = {"invoiceNumber": "HAND-1", "amount": "1234.50", "dueDate": "2024-06-30"}
    world.control("POST", "/expereon/organizations/buyer/deposits", currency="USD", amount="7.50")
    made = seller.post(
        INVOICES, connectionId="conn_abc123", requestId="req-HAND-1", **number
    ).json()
    suspend = f"/expereon/connections/{made['connectionId']}"
    world.control("POST", f"{suspend}/suspend")
    assert seller.post(f"{INVOICES}/{made['id']}/submit").status_code == 400
    world.control("POST", f"{suspend}/reactivate")
    path = f"{INVOICES}/{made['id']}"
    seller.post(INVOICES, connectionId="conn_abc123", requestId="req-HAND-1", **number)
    seller.patch(path, description='it\'s "quoted": {really}', expectedVersion=made["version"])
    seller.post(f"{path}/submit")
    assert seller.post(f"{path}/approve").status_code == 403
    buyer.post(f"{path}/approve", paymentSource="COLLATERAL", requestId=f"approve-{made['id']}")
    world.control("POST", "/clock/advance", by="P2DT30S")
    payment = buyer.post("/api/v1/payments/settle", invoiceId=made["id"]).json()
    buyer.get(f"/api/v1/payments/{payment['id']}")
    seller.get(INVOICES, status=["SETTLED", "APPROVED"], limit=5)
    seller.get("/api/v1/treasury/balances")  # an alias: whose treasury is not in the path
    taken = seller.post("/api/v1/treasury/withdrawals", amount="75.00", currency="USD", destination=DESTINATION).json()  # fmt: skip
    seller.post(f"/api/v1/treasury/withdrawals/{taken['id']}/approve")
    world.party("seller", "read").get(path)
    world.control("POST", "/clock/advance", by="P1D")


@pytest.fixture
def recorded(sandbox, tmp_path):
    world = sandbox.world("empty")
    by_hand(world)
    text = record(sandbox.url, None, world.described["id"])
    file = tmp_path / "recorded.arazzo.yaml"
    file.write_text(text)
    return world, file, yaml.safe_load(text)


def test_a_recorded_story_passes_in_a_fresh_world(sandbox, recorded, capsys):
    _, file, _ = recorded

    assert play(file, sandbox=sandbox.url) == 0, capsys.readouterr().out

    said = capsys.readouterr().out
    assert "withdrawal: complete" not in said
    assert "✓ recorded" in said


def test_what_earlier_answers_and_the_world_told_is_no_literal(recorded):
    world, file, document = recorded
    steps = {step["stepId"]: step for step in document["workflows"][0]["steps"]}

    id_ = "$steps.createInvoice.outputs.id"
    assert {"name": "invoiceId", "in": "path", "value": id_} in steps["submitInvoice2"][
        "parameters"
    ]
    assert steps["approveInvoice2"]["requestBody"]["payload"] == {
        "paymentSource": "COLLATERAL",
        "requestId": f"approve-{{{id_}}}",
    }
    assert steps["settlePayment"]["requestBody"]["payload"] == {"invoiceId": id_}
    assert (
        steps["createInvoice"]["requestBody"]["payload"]["connectionId"] == "$inputs.connectionId"
    )
    assert steps["createInvoice"]["requestBody"]["payload"]["amount"] == "1234.50"
    assert steps["createWebhook"]["requestBody"]["payload"]["url"] == (
        "{$inputs.sandboxUrl}/_sandbox/inbox/{$inputs.worldId}/mine"
    )
    text = file.read_text()
    for known in ("inv_0", "pay_0", "wdr_0", "conn_", "org_", "exp_sand_", world.sandbox.url):
        assert known not in text


def test_time_that_passed_is_an_advance_of_the_clock(recorded):
    _, _, document = recorded
    advances = [
        step["requestBody"]["payload"]["by"]
        for step in document["workflows"][0]["steps"]
        if step["operationId"].endswith(".advanceClock")
    ]

    assert advances == ["PT172830S", "PT86400S"]
    assert document["x-counterfoil-world"] == {
        "fixture": "empty", "seed": 1, "now": "2024-03-15T10:30:00Z",
    }  # fmt: skip


def test_what_was_let_happen_from_outside_happens_again_at_its_place(recorded):
    _, _, document = recorded
    steps = [step["stepId"] for step in document["workflows"][0]["steps"]]

    assert steps[:7] == [
        "putInbox", "createWebhook", "depositExpereonFunds", "createInvoice",
        "suspendExpereonConnection", "submitInvoice", "reactivateExpereonConnection",
    ]  # fmt: skip


def test_refusals_are_expected_again_with_their_code(recorded):
    _, _, document = recorded
    refused = next(
        step for step in document["workflows"][0]["steps"] if step["stepId"] == "approveInvoice"
    )

    assert [c["condition"] for c in refused["successCriteria"]] == [
        "$statusCode == 403", "$response.body#/code == 'ROLE_NOT_ALLOWED'",
    ]  # fmt: skip


def test_keys_in_a_bearer_token_or_in_the_query_are_inputs_and_numbers_are_ids_as_well(
    sandbox, tmp_path
):
    world = sandbox.client.post("/_sandbox/worlds", json={"fixture": "empty"}).json()
    experi, other = world["experi"], world["invoicexpress"]
    bearer = {"Authorization": f"Bearer {experi['apiKey']}"}
    made = httpx.post(
        f"{experi['url']}/api/v1/clients",
        json={"name": "Ana", "email": "ana@casa.example"},
        headers=bearer,
    ).json()["data"]
    lines = [{"description": "Design", "quantity": 3, "unitPrice": 75.5}]
    httpx.post(
        f"{experi['url']}/api/v1/invoices",
        json={"clientId": made["id"], "lineItems": lines},
        headers=bearer,
    )
    key = {"api_key": other["apiKey"]}
    client = {"name": "Ana", "code": "A-99"}
    kept = httpx.post(f"{other['url']}/clients.json", params=key, json={"client": client}).json()[
        "client"
    ]
    httpx.get(f"{other['url']}/clients/{kept['id']}.json", params=key)

    text = record(sandbox.url, None, world["id"])
    file = tmp_path / "recorded.arazzo.yaml"
    file.write_text(text)

    assert play(file, sandbox=sandbox.url) == 0
    for secret in (experi["apiKey"], other["apiKey"], str(kept["id"]), made["id"]):
        assert secret not in text
    assert "Bearer {$inputs.experiApiKey}" in text
    assert "value: $inputs.invoicexpressApiKey" in text


def test_a_world_whose_clock_runs_is_played_again_at_the_instant_it_began(sandbox, tmp_path):
    world = sandbox.world("demo", mode="live")
    (first,) = world.seller.get(INVOICES, status="DRAFT").json()["items"]
    world.seller.patch(
        f"{INVOICES}/{first['id']}", amount=first["amount"], dueDate=first["dueDate"]
    )
    world.seller.post(f"{INVOICES}/{first['id']}/submit")

    text = record(sandbox.url, None, world.described["id"])
    file = tmp_path / "recorded.arazzo.yaml"
    file.write_text(text)

    steps = yaml.safe_load(text)["workflows"][0]["steps"]
    assert [step["stepId"] for step in steps] == ["listInvoices", "updateInvoice", "submitInvoice"]
    assert first["id"] not in text
    assert steps[1]["requestBody"]["payload"] == {
        "amount": first["amount"], "dueDate": first["dueDate"],
    }  # fmt: skip
    assert play(file, sandbox=sandbox.url) == 0


def test_what_a_fault_prevented_is_left_out_and_what_it_only_hid_is_told(sandbox, world, tmp_path):
    world.control("POST", "/faults", times=1, effect={"type": "error", "status": 503})
    assert world.seller.get(INVOICES).status_code == 503
    world.control("POST", "/faults", times=1, effect={"type": "malformed"})
    draft = {"connectionId": "conn_abc123", "amount": "5.00", "dueDate": "2024-06-30"}
    world.seller.post(INVOICES, invoiceNumber="HAND-2", **draft)

    text = record(sandbox.url, None, world.described["id"])
    file = tmp_path / "recorded.arazzo.yaml"
    file.write_text(text)

    steps = yaml.safe_load(text)["workflows"][0]["steps"]
    assert [step["stepId"] for step in steps] == ["createInvoice"]
    assert play(file, sandbox=sandbox.url) == 0


@pytest.mark.parametrize(
    ("name", "told"), [("nowhere", "There is no world nowhere"), (None, "nothing was asked")]
)
def test_a_world_without_a_story_is_told_in_one_sentence(sandbox, world, name, told):
    with pytest.raises(OperatingError, match=told):
        record(sandbox.url, None, name or world.described["id"])
