"""Who may call: credentials, environments, permissions, and what strangers cannot learn."""

import pytest

from counterfoil.contract.load import load

LIST = "/api/v1/invoices"


def ask(world, method="GET", path=LIST, **headers):
    names = {"key": "X-API-Key", "secret": "X-API-Secret", "host": "Host"}
    return world.sandbox.http.request(
        method, path, headers={names[name]: value for name, value in headers.items()}
    )


def seller_key(world):
    organization = world.expereon["organizations"]["seller"]
    return organization["apiKey"], organization["apiSecret"]


def refused(answer, code, status=401):
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_both_halves_of_the_credential_are_needed(world):
    key, secret = seller_key(world)

    refused(ask(world), "MISSING_CREDENTIALS")
    refused(ask(world, key=key), "MISSING_CREDENTIALS")
    refused(ask(world, secret=secret), "MISSING_CREDENTIALS")
    refused(ask(world, key=key, secret=""), "MISSING_CREDENTIALS")
    assert ask(world, key=key, secret=secret).status_code == 200


def test_a_wrong_half_opens_nothing_and_does_not_say_which_it_was(world):
    key, secret = seller_key(world)
    other = world.expereon["organizations"]["buyer"]

    answers = [
        ask(world, key=key, secret=secret[:-1]),
        ask(world, key=key, secret=secret + "x"),
        ask(world, key=key[:-1], secret=secret),
        ask(world, key=key, secret=other["apiSecret"]),
        ask(world, key="exp_sand_" + "x" * 24, secret="x" * 40),
        ask(world, key="exp_sand_ünïcode".encode(), secret=secret),
    ]

    for answer in answers:
        refused(answer, "INVALID_CREDENTIALS")
    assert len({answer.json()["message"] for answer in answers}) == 1


def test_a_production_key_does_not_work_in_the_sandbox(world):
    _, secret = seller_key(world)

    for host in ("sandbox.expereon.com", "localhost", "127.0.0.1:4001"):
        answer = ask(world, key="exp_prod_" + "x" * 24, secret=secret, host=host)
        refused(answer, "ENVIRONMENT_MISMATCH")


def test_a_sandbox_key_does_not_work_on_the_production_host(world):
    key, secret = seller_key(world)

    refused(ask(world, key=key, secret=secret, host="api.expereon.com"), "ENVIRONMENT_MISMATCH")
    assert ask(world, key=key, secret=secret, host="sandbox.expereon.com").status_code == 200


def test_credentials_of_one_world_do_not_open_another(sandbox):
    first, second = sandbox.world("empty"), sandbox.world("empty")
    first.draft()

    assert second.seller.get(LIST).json()["totalCount"] == 0
    assert seller_key(first) != seller_key(second)


def test_secrets_are_not_in_the_store(sandbox):
    world = sandbox.world("empty")
    key, secret = seller_key(world)

    kept = repr(world.rows("SELECT * FROM credentials WHERE world = ?"))

    assert key not in kept
    assert secret not in kept


# Operation, permission it wants, and whether READ, WRITE and ADMIN keys hold it.
PERMISSIONS = """
GET    /api/v1/invoices                                invoices:read     yes yes yes
POST   /api/v1/invoices                                invoices:write    no  yes yes
POST   /api/v1/invoices/inv_1/submit                   invoices:write    no  yes yes
POST   /api/v1/invoices/inv_1/approve                  invoices:approve  no  yes yes
POST   /api/v1/invoices/inv_1/settle                   payments:write    no  yes yes
GET    /api/v1/payments                                payments:read     yes yes yes
GET    /api/v1/treasury/organizations/org_1/balances   treasury:read     yes yes yes
GET    /api/v1/settings/webhooks                       settings:read     yes no  yes
POST   /api/v1/settings/webhooks                       settings:write    no  no  yes
"""


@pytest.mark.parametrize("line", PERMISSIONS.strip().splitlines())
def test_a_key_may_do_what_its_permission_says(world, line):
    method, path, permission, *allowed = line.split()

    for name, may in zip(("read", "write", "admin"), allowed, strict=True):
        answer = world.party("seller", name).ask(method, path)
        if may == "yes":
            assert answer.status_code != 403
        else:
            refused(answer, "INSUFFICIENT_PERMISSIONS", 403)
            assert answer.json()["details"][0]["requiredPermission"] == permission


def test_permission_is_asked_before_anything_else_is_looked_at(world):
    reader = world.party("seller", "read")

    answer = reader.ask("POST", LIST, content=b"{not json", headers={"Content-Type": "text/plain"})

    refused(answer, "INSUFFICIENT_PERMISSIONS", 403)


def test_every_operation_wants_credentials(world):
    for operation in load("expereon").operations.values():
        path = operation.path.replace("{", "x").replace("}", "")
        refused(ask(world, operation.method, path), "MISSING_CREDENTIALS")


def test_only_the_seller_of_a_connection_may_invoice_on_it(world):
    body = {"invoiceNumber": "X-1", "amount": "1.00", "dueDate": "2024-05-01"}

    buyer = world.buyer.post(LIST, connectionId="conn_abc123", **body)
    stranger = world.other.post(LIST, connectionId="conn_abc123", **body)
    missing = world.seller.post(LIST, connectionId="conn_nobody", **body)

    refused(buyer, "ROLE_NOT_ALLOWED", 403)
    assert buyer.json()["details"][0] | {"message": ""} == {
        "code": "ROLE_NOT_ALLOWED", "message": "", "requiredRole": "SELLER", "actualRole": "BUYER",
    }  # fmt: skip
    refused(stranger, "NOT_FOUND", 404)
    refused(missing, "NOT_FOUND", 404)


def test_another_organisations_treasury_is_not_found(world):
    path = f"/api/v1/treasury/organizations/{world.buyer.id}/balances"

    assert world.buyer.get(path).status_code == 200
    refused(world.seller.get(path), "NOT_FOUND", 404)
    refused(world.seller.get(f"{path}/USD"), "NOT_FOUND", 404)


def test_another_organisations_webhook_and_payment_are_not_found(demo):
    webhook = demo.seller.post(
        "/api/v1/settings/webhooks", url="http://localhost/hook", events=["*"]
    ).json()
    payment = demo.buyer.get("/api/v1/payments").json()["items"][-1]

    refused(demo.buyer.get(f"/api/v1/settings/webhooks/{webhook['id']}"), "NOT_FOUND", 404)
    refused(demo.other.get(f"/api/v1/payments/{payment['id']}"), "NOT_FOUND", 404)
    assert demo.seller.get(f"/api/v1/payments/{payment['id']}").json() == payment


def test_the_buyer_does_not_see_a_draft_anywhere(world):
    invoice = world.draft()

    assert world.buyer.get(LIST, includeArchived="true").json()["items"] == []
    refused(world.buyer.get(f"{LIST}/{invoice['id']}"), "NOT_FOUND", 404)
    refused(world.buyer.get(f"{LIST}/{invoice['id']}/history"), "NOT_FOUND", 404)


def test_an_invoice_cancelled_as_a_draft_stays_unseen_by_the_buyer(world):
    invoice = world.draft()
    world.seller.post(f"{LIST}/{invoice['id']}/cancel")

    refused(world.buyer.get(f"{LIST}/{invoice['id']}"), "NOT_FOUND", 404)
