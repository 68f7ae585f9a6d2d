"""Letters: the e-mails that a world's APIs sent, listed, read, their attachments opened."""

from counterfoil.domain.outcome import Refusal
from counterfoil.engine import outbox
from counterfoil.engine.call import Call
from counterfoil.engine.commit import commit
from counterfoil.engine.outbox import LETTER, Letter
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.world import World
from counterfoil.web.control.desk import Desk, Functions

FILTERS = ("api", "kind", "to", "about", "status")


class Letters:
    """The room where e-mail ends up."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.functions: Functions = {
            "listLetters": self.list_letters,
            "getLetter": self.get_letter,
            "getAttachment": self.get_attachment,
            "bounceLetter": self.bounce_letter,
        }

    def list_letters(self, call: Call) -> Outcome:
        """List a world's e-mails, oldest first."""
        world, asked = self._desk.store.open(self._desk.row(call)), call.arguments
        wanted = {name: asked[name] for name in FILTERS if name in asked}
        found = outbox.letters(world, asked["limit"], **wanted)
        items = [outbox.shown(letter) for letter in found.records]
        return Outcome({"items": items, "total": found.total})

    def get_letter(self, call: Call) -> Outcome:
        """Tell one e-mail."""
        world = self._desk.store.open(self._desk.row(call))
        return Outcome(outbox.shown(_found(world, call)))

    def get_attachment(self, call: Call) -> Outcome:
        """Return a file that went with an e-mail."""
        world = self._desk.store.open(self._desk.row(call))
        place = call.arguments["attachment"]
        content = outbox.attached(world, _found(world, call), place)
        if content is None:
            raise Refusal("NO_SUCH_SUBJECT", kind="attachment", id=place)
        return Outcome(content)

    def bounce_letter(self, call: Call) -> Outcome:
        """Let an e-mail come back."""
        with self._desk.store.writing(self._desk.row(call)) as world:
            letter = _found(world, call)
            if letter.status == "BOUNCED":
                raise Refusal("NOT_POSSIBLE", reason=f"The letter {letter.id} is BOUNCED already")
            after, change = outbox.bounced(world, letter)
            commit(world, change, letter.api)
        return Outcome(outbox.shown(after))


def _found(world: World, call: Call) -> Letter:
    id = call.arguments["letterId"]
    letter = world.get(LETTER, id)
    if letter is None:
        raise Refusal("NO_SUCH_SUBJECT", kind="letter", id=id)
    return letter
