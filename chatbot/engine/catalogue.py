"""The shape of a service menu: groups of dialogs, and how a text finds the dialog it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chatbot.engine.language import plain, plain_label
from chatbot.engine.steps import Dialog, Option, Text

LONGEST_MENU = 9


@dataclass(frozen=True, slots=True)
class Group:
    """The services of one department."""

    name: str
    title: Text
    dialogs: tuple[Dialog, ...]


@dataclass(frozen=True)
class Catalogue:
    """Every service, by department, with the sentences that surround them.

    `welcome` is in all three languages at once; the others are translated. `extras` close the menu, their ids being words
    that work everywhere.
    """

    groups: tuple[Group, ...]
    welcome: str
    menu: Text
    help: Text
    choose_language: str
    switch_language: str
    not_understood: Text
    choose_a_number: Text
    only_text: Text
    script_changed: Text
    extras: tuple[tuple[str, Text], ...] = ()
    by_name: Mapping[str, Dialog] = field(init=False)
    _by_word: Mapping[str, Dialog] = field(init=False)

    def __post_init__(self) -> None:
        dialogs = [dialog for group in self.groups for dialog in group.dialogs]
        object.__setattr__(self, "by_name", {dialog.name: dialog for dialog in dialogs})
        words = {word: dialog for dialog in dialogs for word in words_of(dialog)}
        object.__setattr__(self, "_by_word", words)

    def top(self) -> tuple[Option, ...]:
        """Return the first menu: every service while they fit, else the departments."""
        if len(self.by_name) + len(self.extras) <= LONGEST_MENU:
            offered = [(dialog.name, str(dialog.title)) for dialog in self.by_name.values()]
        else:
            offered = [(group.name, str(group.title)) for group in self.groups]
        return (*offered, *self._extras())

    def group(self, name: str) -> tuple[Option, ...]:
        """Return the second menu, the services of one department; none when there is no such department."""
        for group in self.groups:
            if group.name == name:
                return (*((dialog.name, str(dialog.title)) for dialog in group.dialogs), *self._extras())
        return ()

    def _extras(self) -> tuple[Option, ...]:
        return tuple((word, str(label)) for word, label in self.extras)

    def opened_by(self, text: str, said: str) -> Dialog | None:
        """Return the dialog that a free text asks for: by a word of its own, or by an answer to its first question."""
        for dialog in self.by_name.values():
            if dialog.accepts(text):
                return dialog
        around = f" {said} "
        for word, dialog in self._by_word.items():
            if f" {word} " in around:
                return dialog
        for dialog in self.by_name.values():
            if plain_label(str(dialog.title)) == said:
                return dialog
        return None


def words_of(dialog: Dialog) -> list[str]:
    """Return the words that open a dialog, as they are compared: its name and those it lists."""
    listed = [plain(word) for word in (dialog.name, *dialog.words.split(";"))]
    return [word for word in listed if word]
