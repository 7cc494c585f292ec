"""The four words in which a dialog is written: Ask, Choose, Do, Say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.functional import Promise

Text = str | Promise
Answers = Mapping[str, Any]
Option = tuple[str, str]


def unnoticed(_number: str) -> AbstractContextManager[None]:
    return nullcontext()


@dataclass(frozen=True, slots=True)
class Context:
    """What a `Do` may know beside the answers: the time, the conversation that later news goes to, and inside what it looks a
    number up, which may refuse.
    """

    now: datetime
    conversation: str
    looking_up: Callable[[str], AbstractContextManager[None]] = unnoticed


@dataclass(frozen=True, slots=True)
class Button:
    """What a message is about, to be opened at once: a label, and the name under which a `Do` finds the address."""

    label: Text
    link: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back to the citizen. It says what to offer, as (id, label); the channel decides how to draw it.

    `pattern` is the text with its placeholders and `values` what fills them, for a channel that keeps words ready; `button`
    opens an address that stands in the text too. `document` is the address of a paper: it says what the text says.
    """

    text: str
    options: tuple[Option, ...] = ()
    pattern: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    button: Button | None = None
    document: str = ""


def always(_answers: Answers) -> bool:
    return True


def never(_text: str) -> bool:
    return False


def nothing(_answers: Answers) -> Sequence[Option]:
    return ()


@dataclass(frozen=True, slots=True)
class Ask:
    """A question answered in free words. `clean` is the web form's own cleaner and raises a `ServiceError`.

    The text of a question may name answers only: it is put again when what a `Do` found is forgotten. `offers` are answers
    ready to be picked, as (answer, label).
    """

    key: str
    text: Text
    clean: Callable[[str], str]
    when: Callable[[Answers], bool] = always
    offers: Callable[[Answers], Sequence[Option]] = nothing


@dataclass(frozen=True, slots=True)
class Choose:
    """A question answered by one of `options`. The ids `menu`, `back`, `help` and `language` act as those words do.

    Where they are `fixed`, they are the same whoever is asked.
    """

    key: str
    text: Text
    options: Callable[[Answers], Sequence[Option]]
    when: Callable[[Answers], bool] = always
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Do:
    """One query or service. What it returns is known to the steps of the same turn and is never stored.

    A `Do` in front of a question is taken again whenever that question is asked again.
    """

    act: Callable[[Answers, Context], Mapping[str, object]]
    when: Callable[[Answers], bool] = always


@dataclass(frozen=True, slots=True)
class Say:
    """A paragraph with `{placeholders}` filled from the answers and from what a `Do` of this turn found.

    `document` names the placeholder whose address is a paper that may be sent in the place of this paragraph and of those
    before it.
    """

    text: Text
    when: Callable[[Answers], bool] = always
    button: Button | None = None
    document: str = ""


Step = Ask | Choose | Do | Say


@dataclass(frozen=True, slots=True)
class Dialog:
    """A service's script, in reading order.

    `version` goes up when a stored answer or key would no longer fit; `keeps` says which answers of an earlier version mean
    the same in this one. `words`, parted by semicolons, open the dialog, each
    being a whole message; `accepts` says whether a text is an answer to the first question in free words, so that it may be
    sent without being asked for. A dialog that `stays` puts no question again and yet takes what is written next as another
    answer to its first one, until a word that works everywhere. `counted_as`, filled from the answers, is the outcome of its end.
    """

    name: str
    version: int
    title: Text
    steps: tuple[Step, ...]
    words: str = ""
    accepts: Callable[[str], bool] = never
    stays: bool = False
    keeps: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    counted_as: str = ""

    def index_of(self, key: str) -> int | None:
        """Return where the question `key` stands, None when this dialog does not ask it."""
        for index, step in enumerate(self.steps):
            if isinstance(step, Ask | Choose) and step.key == key:
                return index
        return None

    def first_unanswered(self, answers: Answers) -> int | None:
        """Return where the first question stands that these answers do not hold."""
        for index, step in enumerate(self.steps):
            if isinstance(step, Ask | Choose) and step.key not in answers:
                return index
        return None

    @property
    def first_question(self) -> int:
        """Return where the first question in free words stands."""
        return next(index for index, step in enumerate(self.steps) if isinstance(step, Ask))

    def question_before(self, index: int, answers: Answers) -> int | None:
        """Return the nearest question in front of `index` that these answers do not skip."""
        for earlier in range(index - 1, -1, -1):
            step = self.steps[earlier]
            if isinstance(step, Ask | Choose) and step.when(answers):
                return earlier
        return None
