"""A check for every run of Schemathesis: each operation has to succeed once."""

import schemathesis


@schemathesis.check
class EveryOperationSucceedsOnce:
    """A run that never reached an operation proves nothing about it."""

    def __init__(self):
        self.seen, self.succeeded = set(), set()

    def after_response(self, ctx, response, case):
        if case.method.upper() == case.operation.method.upper():
            self.seen.add(case.operation.label)
            if 200 <= response.status_code < 300:
                self.succeeded.add(case.operation.label)

    def after_run(self, ctx):
        missing = sorted(self.seen - self.succeeded)
        assert not missing, f"never answered 2xx: {', '.join(missing)}"
