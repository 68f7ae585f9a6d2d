"""The control plane is for who runs the sandbox: not for other machines, other pages, other names."""

import pytest

from counterfoil.app import Policy
from harness import RunningSandbox

TOKEN = "a-token-of-thirty-two-characters"
WORLDS = "/_sandbox/worlds"


def problem(answer):
    return answer.status_code, answer.json()["title"]


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:4000", "127.0.0.1.evil.example", "10.0.0.7", ""]
)
def test_a_name_that_is_not_ours_is_not_answered(sandbox, host):
    answer = sandbox.client.get(WORLDS, headers={"Host": host})

    assert problem(answer) == (403, "Host not allowed")


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:4000", "[::1]:4000", "counterfoil.localhost", "LOCALHOST."]
)
def test_names_of_this_machine_are_answered(sandbox, host):
    assert sandbox.client.get(WORLDS, headers={"Host": host}).status_code == 200


def test_a_page_of_another_origin_is_not_answered(sandbox):
    other = sandbox.client.post(WORLDS, headers={"Origin": "https://evil.example"})
    opaque = sandbox.client.post(WORLDS, headers={"Origin": "null"})
    own = sandbox.client.get(WORLDS, headers={"Origin": sandbox.url})

    assert problem(other) == problem(opaque) == (403, "Origin not allowed")
    assert own.status_code == 200
    assert "access-control-allow-origin" not in own.headers


@pytest.mark.parametrize(
    "type_", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_a_form_turns_nothing_about(sandbox, type_):
    before = len(sandbox.client.get(WORLDS).json()["items"])

    answer = sandbox.client.post(
        WORLDS, content=b'{"fixture": "demo"}', headers={"Content-Type": type_}
    )

    assert problem(answer) == (400, "Invalid request")
    assert len(sandbox.client.get(WORLDS).json()["items"]) == before


def test_with_a_token_nothing_is_told_without_it():
    with RunningSandbox(policy=Policy(TOKEN)) as guarded:
        without = guarded.client.get(WORLDS)
        wrong = guarded.client.get(WORLDS, headers={"Authorization": f"Bearer {TOKEN}x"})
        foreign = guarded.client.get(
            WORLDS, headers={"Authorization": "Bearer \xff\xfe".encode("latin-1")}
        )
        right = guarded.client.get(WORLDS, headers={"Authorization": f"Bearer {TOKEN}"})
        lost = guarded.client.get("/_sandbox/nothing")

    assert problem(without) == problem(wrong) == problem(foreign) == (401, "Unauthorized")
    assert without.headers["www-authenticate"] == "Bearer"
    assert right.status_code == 200
    assert lost.status_code == 404


def test_there_are_bounds_to_everything(world):
    for number in range(50):
        world.control("PUT", f"/inboxes/box-{number}")
    for number in range(100):
        world.control("POST", "/faults", effect={"type": "error"}, match={"key": f"none-{number}"})
    url = f"{WORLDS}/{world.described['id']}"

    inbox = world.sandbox.client.put(f"{url}/inboxes/one-more")
    implicit = world.sandbox.client.post(f"/_sandbox/inbox/{world.described['id']}/one-more")
    fault = world.sandbox.client.post(f"{url}/faults", json={"effect": {"type": "error"}})

    assert problem(inbox) == problem(fault) == (409, "Too many")
    assert (
        fault.json()["detail"]
        == "There are 100 faults of this world, and may not be more; delete some"
    )
    assert implicit.status_code == 429


def test_requests_are_counted_where_a_world_asks_for_it(sandbox):
    made = sandbox.client.post(WORLDS, json={"fixture": "empty", "limits": "documented"})
    from harness import TestWorld

    world = TestWorld(sandbox, made.json())
    answers = [world.seller.get("/api/v1/invoices") for _ in range(600)]
    refused = world.seller.get("/api/v1/invoices")
    other = world.buyer.get("/api/v1/invoices")
    world.advance(by="PT1M")

    assert {answer.status_code for answer in answers} == {200}
    assert (
        answers[0].headers["x-ratelimit-remaining"],
        answers[-1].headers["x-ratelimit-remaining"],
    ) == ("599", "0")
    assert (refused.status_code, refused.json()["code"]) == (429, "RATE_LIMITED")
    assert (refused.headers["retry-after"], refused.headers["x-ratelimit-limit"]) == ("60", "600")
    assert refused.json()["message"] == "Too many requests; come back in 60 seconds"
    assert other.status_code == 200
    assert world.seller.get("/api/v1/invoices").status_code == 200
