"""API keys: made, listed, rotated and revoked; what they may do, and until when."""

import pytest

from counterfoil import resources
from harness import Party, TestWorld

KEYS = "/api/v1/settings/api-keys"
LIST = "/api/v1/invoices"


def code(answer):
    return answer.status_code, answer.json()["code"]


def made(world, **asked):
    """Return a new key of the seller's."""
    answer = world.seller.post(KEYS, **({"name": "Test"} | asked))
    assert answer.status_code == 200, answer.text
    return answer.json()


def caller(world, key, secret=None):
    """Return the seller, calling with a key that was made."""
    headers = {"X-API-Key": key["apiKey"], "X-API-Secret": secret or key["apiSecret"]}
    return Party(world.sandbox.http, headers, world.seller.id)


def works(world, key, secret=None):
    return caller(world, key, secret).get(LIST).status_code == 200


def test_a_new_key_tells_its_secret_and_opens_what_it_is_for(world):
    key = made(world, name="Nightly export", permissions=["invoices:read"])

    assert key == {
        "id": "key_000001", "name": "Nightly export", "apiKey": key["apiKey"],
        "apiSecret": key["apiSecret"], "environment": "SANDBOX",
        "permissions": ["invoices:read"], "status": "ACTIVE", "expiresAt": None,
        "revokedAt": None, "previousSecretExpiresAt": None,
        "createdAt": "2024-03-15T10:30:00Z", "updatedAt": "2024-03-15T10:30:00Z", "version": 1,
    }  # fmt: skip
    assert key["apiKey"].startswith("exp_sand_")
    assert (len(key["apiKey"]), len(key["apiSecret"])) == (len("exp_sand_") + 24, 40)
    assert works(world, key)


def test_a_secret_is_told_once_and_a_key_is_masked(world):
    key = made(world)
    masked = f"exp_sand_****{key['apiKey'][-4:]}"

    read = world.seller.get(f"{KEYS}/{key['id']}")
    listed = world.seller.get(KEYS)

    assert read.json() == {k: v for k, v in key.items() if k != "apiSecret"} | {"apiKey": masked}
    assert listed.json()["items"][0] == read.json()
    for answer in (read, listed):
        assert key["apiKey"] not in answer.text
        assert key["apiSecret"] not in answer.text


def test_neither_keys_nor_secrets_are_stored_in_clear(world):
    key = made(world)
    rotated = world.seller.post(f"{KEYS}/{key['id']}/rotate", gracePeriodSeconds=60).json()

    for table in ("credentials", "resources", "listings", "events"):
        kept = repr(world.rows(f"SELECT * FROM {table} WHERE world = ?"))
        for told in (key["apiKey"], key["apiSecret"], rotated["apiSecret"]):
            assert told not in kept


def test_creating_again_with_the_same_request_id_tells_the_same_secret(world):
    first = world.seller.post(KEYS, name="Test", requestId="r-1")
    again = world.seller.post(KEYS, name="Test", requestId="r-1")

    assert again.content == first.content
    assert code(world.seller.post(KEYS, name="Other", requestId="r-1")) == (
        409, "REQUEST_ID_REUSED",
    )  # fmt: skip
    assert world.seller.get(KEYS).json()["totalCount"] == 4


def test_the_keys_a_world_begins_with_are_listed_after_those_that_were_made(world):
    first, second = made(world)["id"], made(world)["id"]

    found = world.seller.get(KEYS).json()

    assert [key["id"] for key in found["items"]] == [
        second, first, "key_seller_write", "key_seller_read", "key_seller_admin",
    ]  # fmt: skip
    admin = world.described["expereon"]["organizations"]["seller"]["apiKey"]
    assert found["items"][-1]["apiKey"] == f"exp_sand_****{admin[-4:]}"
    assert "settings:write" in found["items"][-1]["permissions"]


def test_keys_are_listed_in_pages_either_way(world):
    made(world)

    page = world.seller.get(KEYS, page=1, limit=3, sortOrder="asc").json()

    assert [key["id"] for key in page["items"]] == ["key_000001"]
    assert (page["totalCount"], page["totalPages"], page["page"]) == (4, 2, 1)
    assert code(world.seller.get(KEYS, limit=101)) == (400, "INVALID_PAGINATION")
    assert code(world.seller.get(KEYS, sortBy="name")) == (400, "INVALID_SORT")


# A permission, a call that wants it, and one that wants something else.
PERMISSIONS = """
invoices:read     GET  /api/v1/invoices                   GET  /api/v1/payments
invoices:write    POST /api/v1/invoices                   POST /api/v1/invoices/inv_1/approve
invoices:approve  POST /api/v1/invoices/inv_1/approve     POST /api/v1/invoices
payments:read     GET  /api/v1/payments/due               POST /api/v1/payments/bulk-settle
payments:write    POST /api/v1/payments/retry-failed      GET  /api/v1/payments/summary
treasury:read     GET  /api/v1/treasury/balances          GET  /api/v1/invoices
settings:read     GET  /api/v1/settings/api-keys          POST /api/v1/settings/api-keys
settings:write    POST /api/v1/settings/api-keys          GET  /api/v1/settings/api-keys
"""


@pytest.mark.parametrize("line", PERMISSIONS.strip().splitlines())
def test_a_single_permission_opens_what_it_says_and_nothing_else(world, line):
    permission, method, path, other_method, other = line.split()
    key = caller(world, made(world, permissions=[permission]))

    assert key.ask(method, path).status_code != 403
    refused = key.ask(other_method, other)
    assert code(refused) == (403, "INSUFFICIENT_PERMISSIONS")


@pytest.mark.parametrize("macro", ["READ", "WRITE", "ADMIN"])
def test_a_macro_stands_for_its_permissions(world, macro):
    macros = resources.document("specs/expereon/policy.yaml")["permissions"]["macros"]

    assert made(world, permissions=[macro])["permissions"] == sorted(macros[macro])


def test_permissions_add_up_and_without_any_a_key_may_read(world):
    assert made(world, permissions=["READ", "payments:write", "payments:read"])["permissions"] == [
        "invoices:read", "payments:read", "payments:write", "settings:read", "storage:read",
        "treasury:read",
    ]  # fmt: skip
    assert made(world)["permissions"] == made(world, permissions=["READ"])["permissions"]


def test_the_document_names_exactly_the_permissions_there_are():
    macros = resources.document("specs/expereon/policy.yaml")["permissions"]["macros"]
    schemas = resources.document("specs/expereon/openapi.yaml")["components"]["schemas"]
    every = {permission for held in macros.values() for permission in held}

    assert set(schemas["KeyPermission"]["enum"]) == every | macros.keys()


@pytest.mark.parametrize(
    "body",
    [
        {"permissions": ["READ"]},
        {"name": ""},
        {"name": "x", "permissions": []},
        {"name": "x", "permissions": ["invoices:settle"]},
        {"name": "x", "permissions": ["read"]},
        {"name": "x", "permissions": ["READ", "READ"]},
        {"name": "x", "expiresAt": "2030-01-01"},
        {"name": "x", "expiresAt": "2024-03-15T10:30:00Z"},
        {"name": "x", "expiresAt": "2024-03-15T12:29:59+02:00"},
        {"name": "x", "secret": "of my own"},
    ],
)
def test_a_key_that_makes_no_sense_is_refused(world, body):
    assert code(world.seller.post(KEYS, **body)) == (400, "VALIDATION_ERROR")
    assert world.seller.get(KEYS).json()["totalCount"] == 3


def test_a_revoked_key_opens_nothing_at_the_next_call(world):
    key = made(world)
    assert works(world, key)

    revoked = world.seller.post(f"{KEYS}/{key['id']}/revoke").json()

    assert (revoked["status"], revoked["revokedAt"]) == ("REVOKED", "2024-03-15T10:30:00Z")
    assert code(caller(world, key).get(LIST)) == (401, "API_KEY_REVOKED")
    assert code(caller(world, key, "guessed").get(LIST)) == (401, "INVALID_CREDENTIALS")
    assert world.seller.get(f"{KEYS}/{key['id']}").json() == revoked


def test_revoking_again_changes_nothing(world):
    path = f"{KEYS}/{made(world)['id']}"
    revoked = world.seller.delete(path).json()
    world.advance(by="PT1H")

    assert world.seller.delete(path).json() == revoked
    assert world.seller.post(f"{path}/revoke").json() == revoked
    assert revoked["version"] == 2


def test_a_key_can_revoke_itself_once(world):
    key = made(world, permissions=["ADMIN"])
    itself = caller(world, key)

    assert itself.post(f"{KEYS}/{key['id']}/revoke").status_code == 200
    assert code(itself.get(KEYS)) == (401, "API_KEY_REVOKED")


def test_a_key_the_world_began_with_is_revoked_and_stays_so_until_a_reset(world):
    reader = world.party("seller", "read")
    assert reader.get(LIST).status_code == 200
    world.seller.post(f"{KEYS}/key_seller_read/revoke")

    assert code(reader.get(LIST)) == (401, "API_KEY_REVOKED")
    world.control("GET", "")
    assert code(reader.get(LIST)) == (401, "API_KEY_REVOKED")
    world.control("POST", "/reset")
    assert reader.get(LIST).status_code == 200


def test_a_reset_forgets_the_keys_that_were_made(world):
    key = made(world)
    world.control("POST", "/reset")

    assert code(caller(world, key).get(LIST)) == (401, "INVALID_CREDENTIALS")
    assert world.seller.get(KEYS).json()["totalCount"] == 3


def test_a_restored_snapshot_knows_the_keys_it_was_made_with(world):
    key = made(world)
    world.control("POST", "/snapshots", name="before")
    world.seller.post(f"{KEYS}/{key['id']}/revoke")
    assert not works(world, key)

    world.control("POST", "/snapshots/before/restore")

    assert works(world, key)


def test_a_clone_has_keys_of_its_own_alone(sandbox, world):
    key = made(world)
    clone = sandbox.client.post(f"/_sandbox/worlds/{world.described['id']}/clone").json()
    own = clone["expereon"]["organizations"]["seller"]
    seller = Party(sandbox.http, {"X-API-Key": own["apiKey"], "X-API-Secret": own["apiSecret"]}, world.seller.id)  # fmt: skip

    assert seller.get(KEYS).json()["totalCount"] == 3
    world.seller.post(f"{KEYS}/{key['id']}/revoke")
    assert seller.get(f"{KEYS}/{key['id']}").status_code == 404


def test_after_a_rotation_the_previous_secret_works_until_its_grace_is_over(world):
    key = made(world)
    path = f"{KEYS}/{key['id']}"

    rotated = world.seller.post(f"{path}/rotate", gracePeriodSeconds=3600).json()

    assert rotated["apiKey"] == world.seller.get(path).json()["apiKey"]
    assert rotated["apiSecret"] != key["apiSecret"]
    assert rotated["previousSecretExpiresAt"] == "2024-03-15T11:30:00Z"
    assert works(world, key, rotated["apiSecret"])
    world.advance(by="PT59M59S")
    assert works(world, key)
    world.advance(by="PT1S")
    assert code(caller(world, key).get(LIST)) == (401, "INVALID_CREDENTIALS")
    assert works(world, key, rotated["apiSecret"])
    shown = world.seller.get(path).json()
    assert (shown["previousSecretExpiresAt"], shown["version"]) == (None, 2)
    assert "apiSecret" not in shown


def test_without_grace_the_previous_secret_is_done_for_at_once(world):
    key = made(world)
    rotated = world.seller.post(f"{KEYS}/{key['id']}/rotate").json()

    assert not works(world, key)
    assert works(world, key, rotated["apiSecret"])
    assert rotated["previousSecretExpiresAt"] is None


def test_two_rotations_leave_the_last_two_secrets(world):
    key = made(world)
    path = f"{KEYS}/{key['id']}/rotate"
    first = world.seller.post(path, gracePeriodSeconds=3600).json()["apiSecret"]
    second = world.seller.post(path, gracePeriodSeconds=3600).json()["apiSecret"]

    assert [works(world, key, s) for s in (key["apiSecret"], first, second)] == [False, True, True]


@pytest.mark.parametrize("seconds", [-1, 604801, "60", 1.5])
def test_a_grace_is_up_to_a_week_of_seconds(world, seconds):
    path = f"{KEYS}/{made(world)['id']}/rotate"

    assert code(world.seller.post(path, gracePeriodSeconds=seconds)) == (400, "VALIDATION_ERROR")
    assert world.seller.post(path, gracePeriodSeconds=604800).status_code == 200


def test_a_key_expires_on_the_worlds_clock(world):
    key = made(world, expiresAt="2024-03-16T12:00:00+02:00")
    assert key["expiresAt"] == "2024-03-16T10:00:00Z"

    world.advance(to="2024-03-16T09:59:59Z")
    assert works(world, key)
    world.advance(by="PT1S")

    assert code(caller(world, key).get(LIST)) == (401, "API_KEY_EXPIRED")
    assert world.seller.get(f"{KEYS}/{key['id']}").json()["status"] == "EXPIRED"


def test_a_key_that_opens_nothing_is_not_rotated(world):
    revoked, expired = made(world)["id"], made(world, expiresAt="2024-03-15T10:31:00Z")["id"]
    world.seller.post(f"{KEYS}/{revoked}/revoke")
    world.advance(by="PT1M")

    for id, status in ((revoked, "REVOKED"), (expired, "EXPIRED")):
        answer = world.seller.post(f"{KEYS}/{id}/rotate")
        assert code(answer) == (400, "API_KEY_NOT_ACTIVE")
        assert answer.json()["message"] == f"The API key is {status}"


def test_another_organisations_keys_are_not_found(world):
    id = made(world)["id"]

    for answer in (
        world.buyer.get(f"{KEYS}/{id}"),
        world.buyer.delete(f"{KEYS}/{id}"),
        world.buyer.post(f"{KEYS}/{id}/revoke"),
        world.buyer.post(f"{KEYS}/{id}/rotate"),
        world.seller.get(f"{KEYS}/key_none"),
    ):
        assert code(answer) == (404, "NOT_FOUND")
    assert id not in [key["id"] for key in world.buyer.get(KEYS).json()["items"]]


def test_keys_follow_from_the_seed_and_the_calls(sandbox):
    def grown(name):
        body = {"name": name, "fixture": "empty", "seed": 7}
        world = TestWorld(sandbox, sandbox.client.post("/_sandbox/worlds", json=body).json())
        key = made(world)
        rotated = world.seller.post(f"{KEYS}/{key['id']}/rotate").json()
        sandbox.client.delete(f"/_sandbox/worlds/{name}")
        return key["apiKey"], key["apiSecret"], rotated["apiSecret"]

    assert grown("keys-one") == grown("keys-one")
    assert set(grown("keys-one")).isdisjoint(grown("keys-two"))
