"""The shape of a service menu: groups of dialogs, and how a text finds the dialog it means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from chatbot.engine.language import LANGUAGES_NAMED, MEANINGS, MENU, NAMES, plain, plain_label
from chatbot.engine.steps import Dialog, Option, Text

LONGEST_MENU = 9
GO_ON = "go_on"


@dataclass(frozen=True, slots=True)
class Group:
    """The services of one department."""

    name: str
    title: Text
    dialogs: tuple[Dialog, ...]


@dataclass(frozen=True, slots=True)
class Guess:
    """What a free text seems to ask for, likeliest first: dialogs, words that work everywhere, languages.

    Not sure: each is worth asking about. Firm: so sure that a waiting question is left for it. Foreign: it asks for what is
    done elsewhere. `language` is that of the text, where its script does not show it.
    """

    names: tuple[str, ...] = ()
    is_sure: bool = False
    is_firm: bool = False
    is_foreign: bool = False
    language: str = ""


def no_guess(_text: str) -> Guess:
    return Guess()


@dataclass(frozen=True)
class Catalogue:
    """Every service, by department, with the sentences that surround them.

    `welcome` is in all three languages at once; the others are translated. `go_on` names the `{title}` of a dialog that waits since
    long, `stale` the `{label}` of a button that belongs to an earlier message. `extras` close the menu, their ids being words
    that work everywhere. `person` names the way to somebody who helps when nothing else does. The words of the dialogs of
    `anywhere` work at every step, as those do; most of them stand in no menu. `understand` guesses at free words.
    """

    groups: tuple[Group, ...]
    welcome: str
    menu: Text
    help: Text
    choose_language: str
    switch_language: str
    not_understood: Text
    not_served: Text
    choose_a_number: Text
    only_text: Text
    script_changed: Text
    which_of_these: Text
    menu_label: Text
    go_on: Text
    go_on_label: Text
    menu_word: Text
    stale: Text
    person: Text
    extras: tuple[tuple[str, Text], ...] = ()
    anywhere: tuple[Dialog, ...] = ()
    understand: Callable[[str], Guess] = no_guess
    by_name: Mapping[str, Dialog] = field(init=False)
    _by_word: Mapping[str, Dialog] = field(init=False)

    def __post_init__(self) -> None:
        dialogs = [*self._listed(), *self.anywhere]
        object.__setattr__(self, "by_name", {dialog.name: dialog for dialog in dialogs})
        words = {word: dialog for dialog in dialogs for word in words_of(dialog)}
        object.__setattr__(self, "_by_word", words)

    def _listed(self) -> list[Dialog]:
        return [dialog for group in self.groups for dialog in group.dialogs]

    def top(self) -> tuple[Option, ...]:
        """Return the first menu: every service while they fit, else the departments."""
        if len(self._listed()) + len(self.extras) <= LONGEST_MENU:
            offered = [(dialog.name, str(dialog.title)) for dialog in self._listed()]
        else:
            offered = [(group.name, str(group.title)) for group in self.groups]
        return (*offered, *self._extras())

    def group(self, name: str) -> tuple[Option, ...]:
        """Return the second menu, the services of one department; none when there is no such department."""
        for group in self.groups:
            if group.name == name:
                return (*((dialog.name, str(dialog.title)) for dialog in group.dialogs), *self._extras())
        return ()

    def whether_to_go_on(self) -> tuple[Option, ...]:
        """Return the answers to the question whether to go on after a pause."""
        return ((GO_ON, str(self.go_on_label)), (MENU, str(self.menu_word)))

    def _extras(self) -> tuple[Option, ...]:
        return tuple((word, str(label)) for word, label in self.extras)

    def guess(self, text: str, said: str) -> Guess:
        """Return what a free text asks for. Sure are a title, a word that opens a dialog, and a number that one accepts."""
        accepting = (dialog.name for dialog in self.by_name.values() if dialog.accepts(text))
        first = next(accepting, "")
        if first and said.replace(" ", "").isdecimal():
            return Guess((first,), is_sure=True, is_firm=True)
        guessed = self._by_word_or_title(said) or self.understand(text)
        if not first or (guessed.is_sure and guessed.names[0] in (first, *accepting)):
            return guessed
        return Guess((first,), is_sure=True, is_firm=True, language=guessed.language)

    def called(self, said: str) -> Dialog | None:
        """Return the dialog that a whole message names by a word that works at every step, as `menu` does."""
        dialog = self._by_word.get(said)
        return dialog if dialog in self.anywhere else None

    def _by_word_or_title(self, said: str) -> Guess | None:
        if said in self._by_word:
            return Guess((self._by_word[said].name,), is_sure=True, is_firm=True)
        named = [dialog.name for dialog in self.by_name.values() if plain_label(str(dialog.title)) == said]
        return Guess((named[0],), is_sure=True, is_firm=True) if named else None

    def stands_alone(self, name: str) -> bool:
        """Say whether an id means the same wherever it was offered: a service, a department, a word that works everywhere."""
        return (
            name in self.by_name
            or name in MEANINGS
            or name in LANGUAGES_NAMED
            or any(g.name == name for g in self.groups)
        )

    def options(self, names: Iterable[str]) -> tuple[Option, ...]:
        """Return dialogs and words that work everywhere as options; others are left out."""
        labels = {name: str(label) for name, label in self.extras} | NAMES
        titles = {name: str(dialog.title) for name, dialog in self.by_name.items()}
        return tuple((name, (titles | labels)[name]) for name in names if name in titles or name in labels)


def words_of(dialog: Dialog) -> list[str]:
    """Return the words that open a dialog, as they are compared: its name and those it lists."""
    listed = [plain(word) for word in (dialog.name, *dialog.words.split(";"))]
    return list(dict.fromkeys(word for word in listed if word))
