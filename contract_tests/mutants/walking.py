"""Faults in state machines, in who may do what, and in what is kept."""

import msgspec
from grafting import function, table
from mutant import Catalogue

from counterfoil.domain.outcome import Refusal

MUTANTS = Catalogue()
mutant = MUTANTS.mutant
structs = msgspec.structs


def arrows(trigger, source):
    """Return what edits the arrow of an invoice: `change` is merged into its row."""

    def editing(**change):
        def edit(found):
            rows = found["invoice"]["transitions"]
            row = next(r for r in rows if r["trigger"] == trigger and r["from"] == [source])
            row.update(change)

        table("lifecycle", edit)

    return editing


def new_arrow(**row):
    """Add an arrow to the machine of invoices."""
    whole = {"emit": [], "provenance": "inferred", **row}
    table("lifecycle", lambda found: found["invoice"]["transitions"].append(whole))


@mutant("lifecycle")
def wrong_transition():
    """A response to a request for information disputes the invoice."""
    arrows("respond", "INFO_REQUESTED")(to=["DISPUTED"])


@mutant("lifecycle")
def transition_too_many():
    """An approved invoice can still be disputed."""
    new_arrow(trigger="dispute", **{"from": ["APPROVED"]}, to=["DISPUTED"], who=["BUYER"])


@mutant("lifecycle")
def missing_transition():
    """A cancelled invoice cannot be archived."""

    def edit(found):
        rows = found["invoice"]["transitions"]
        rows.remove(
            next(r for r in rows if r["trigger"] == "archive" and r["from"] == ["CANCELLED"])
        )

    table("lifecycle", edit)


@mutant("lifecycle")
def cancelled_by_the_wrong_party():
    """The buyer may cancel what was submitted."""
    arrows("cancel", "SUBMITTED")(who=["SELLER", "BUYER"])


@mutant("lifecycle")
def party_shut_out():
    """The buyer may not archive a settled invoice."""
    arrows("archive", "SETTLED")(who=["SELLER"])


@mutant("lifecycle")
def own_cancellation_accepted():
    """Whoever asked for a cancellation may accept it."""
    arrows("accept-cancellation", "CANCELLATION_REQUESTED")(who=["SELLER", "BUYER"])


@mutant("lifecycle")
def update_of_what_was_sent():
    """The seller can change an invoice that the buyer is looking at."""
    new_arrow(trigger="update", **{"from": ["SUBMITTED"]}, to=["SUBMITTED"], who=["SELLER"])


@mutant("expereon")
def restored_elsewhere():
    """A restored invoice comes back cancelled, whatever it was."""
    from counterfoil.apis.expereon import actions

    def make(original):
        def restore(book, call, world):
            step = actions._begin(book, call, world, "restore")
            return step.done(to="CANCELLED", archived_from=None, archived_at=None)

        return restore

    function("apis.expereon.actions:restore_invoice", make)


@mutant("lifecycle")
def soft_delete():
    """A deleted draft is still there."""

    def make(original):
        def store(world, put):
            if put.record is not None:
                original(world, put)

        return store

    function("engine.commit:_store", make)


@mutant("lifecycle")
def lost_write():
    """Changes of an invoice that leave its status are answered, and not kept."""

    def make(original):
        def store(world, put):
            old, new = put.before, put.record
            if old is None or new is None or put.kind.name != "invoice" or old.status != new.status:
                original(world, put)

        return store

    function("engine.commit:_store", make)


@mutant("lists")
def lost_listing():
    """What is new is on nobody's list."""
    function("engine.commit:_insert", lambda _: lambda world, kind, record, listing: None)


@mutant("expereon")
def versions_ignored():
    """A write that saw an old version overwrites the new one."""
    function("apis.expereon.step:require_version", lambda _: lambda call, version: None)


@mutant("expereon")
def number_given_twice():
    """Two invoices of a seller bear the same number."""
    function("apis.expereon.invoices:require_free_number", lambda _: lambda *_: None)


@mutant("credentials")
def secret_not_compared():
    """Any secret opens a key."""
    function("apis.expereon.auth:_fits", lambda _: lambda session, now, given: session is not None)


@mutant("credentials")
def skipped_credential():
    """A key opens without its secret."""
    opening("MISSING_CREDENTIALS")


@mutant("expereon")
def revoked_key_opens():
    """A key that was revoked is as good as before."""
    opening("API_KEY_REVOKED")


def opening(code):
    """Let a key open although it is refused with a code."""

    def make(original):
        def authenticate(book, request, store):
            try:
                return original(book, request, store)
            except Refusal as refused:
                key = request.header(b"x-api-key")
                session = store.session(book.contract.api, key) if key else None
                if refused.code != code or session is None:
                    raise
                return session

        return authenticate

    function("apis.expereon.auth:authenticate", make)


@mutant("credentials")
def permission_skipped():
    """A key that may only read may write."""

    def edit(found):
        found["permissions"]["macros"]["READ"] = found["permissions"]["macros"]["ADMIN"]

    table("policy", edit)


@mutant("credentials")
def permission_too_narrow():
    """A key that may read may not read payments."""
    table("policy", lambda found: found["permissions"]["macros"]["READ"].remove("payments:read"))


@mutant("credentials")
def everything_is_everybodys():
    """Whoever knows an id sees what it belongs to."""
    function(
        "engine.world:World.seen", lambda _: lambda self, kind, _, record: self.get(kind, record)
    )


@mutant("lifecycle")
def drafts_are_seen():
    """The buyer sees what was not sent to them yet."""

    def make(original):
        def seen(self, kind, owner, id):
            found = original(self, kind, owner, id)
            record = self.get(kind, id) if found is None and kind.name == "invoice" else None
            return record if record is not None and record.buyer == owner else found

        return seen

    function("engine.world:World.seen", make)


@mutant("credentials")
def treasury_of_others():
    """Whose treasury a path names is not looked at."""
    function("apis.expereon.treasury:own", lambda _: lambda call: call.principal.owner)


@mutant("idempotency")
def idempotency_off():
    """A retry is a new request."""
    function("engine.idempotency:mark", lambda _: lambda call, policy: None)


@mutant("idempotency")
def idempotency_blind():
    """Another request under the same mark gets the answer of the first."""
    function("engine.idempotency:_fingerprint", lambda _: lambda call, policy: "same")


@mutant("idempotency")
def stale_idempotency_record():
    """A mark is remembered for ten years."""
    table("policy", lambda found: found["idempotency"].update(lifetime="P3650D"))


@mutant("idempotency")
def forgetful_idempotency():
    """A mark is forgotten after a minute."""
    table("policy", lambda found: found["idempotency"].update(lifetime="PT1M"))


@mutant("idempotency")
def idempotency_of_everybody():
    """A mark belongs to whoever used it first."""

    def make(original):
        def mark(call, policy):
            principal = structs.replace(call.principal, owner="everybody")
            other = structs.replace(call, principal=principal)
            return original(other, policy)

        return mark

    function("engine.idempotency:mark", make)


@mutant("idempotency")
def replay_not_marked():
    """A replayed answer does not say that it is one."""
    replaying(lambda reply: structs.replace(reply, headers=()))


@mutant("idempotency")
def replay_rewritten():
    """A replayed answer is not the same bytes."""
    replaying(lambda reply: structs.replace(reply, body=reply.body.replace(b",", b", ", 1)))


def replaying(change):
    """Change what is recalled for a retry."""

    def make(original):
        def recall(world, marked, policy):
            reply = original(world, marked, policy)
            return reply and change(reply)

        return recall

    function("engine.idempotency:recall", make)


@mutant("limits")
def one_request_more():
    """A key may make one request more than it has."""
    table("policy", lambda found: found["limits"]["buckets"].update(all=601))


@mutant("limits")
def no_retry_after():
    """Who made too many requests is not told when to come back."""

    def make(original):
        def count(self, *args):
            try:
                return original(self, *args)
            except Refusal as refused:
                refused.headers.pop("retry-after")
                raise

        return count

    function("engine.limits:Limits.count", make)
