"""Preferences that are remembered between starts: language, theme, document, server, and others.

A small JSON object in the user's config folder. Nothing wrong with it ever stops
the program: what cannot be read counts as never chosen, and one sentence says so.
"""

import contextlib
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Self

from walkthrough.formatting.escaping import printable
from walkthrough.i18n.catalogue import languages
from walkthrough.i18n.messages import Message, message
from walkthrough.i18n.system_errors import reason
from walkthrough.user_data.preferences_file import config_file, read


class PreferencesFault(Enum):
    """What may be wrong with the file."""

    UNREADABLE = "unreadable"
    UNWRITABLE = "unwritable"


@dataclass(frozen=True, slots=True)
class PreferencesProblem:
    """Why something is not remembered.

    Attributes:
        fault: What could not be done.
        path: The file, safe to print.
        why: The reason, safe to print, in a few words.
    """

    fault: PreferencesFault
    path: str
    why: Message | str

    @property
    def message(self) -> Message:
        """The problem, in one sentence that says what to do."""
        if self.fault is PreferencesFault.UNREADABLE:
            return message(
                "{file} was not understood ({why}): mend it, or remove it.",
                file=self.path,
                why=self.why,
            )
        return message(
            "{file} cannot be written ({why}): what is chosen now is not remembered.",
            file=self.path,
            why=self.why,
        )

    def __str__(self) -> str:
        return str(self.message)


@dataclass(kw_only=True)
class Preferences:
    """The choices of one user; None is what was never chosen.

    Attributes:
        language: The code of one that there is a catalogue for.
        theme: The name of one of the screen's themes; whether it exists is not
            checked here.
        document: The path of the text to show beside the walk.
        server: ``auto``, ``go`` or ``python``: what home runs scenarios under.
        route: The name of the route that home lists; whether there is one is not checked here.
        tour_seen: Whether the tour has been shown.
        classroom: Whether an audience answers aloud in predict mode, and no score is kept.
        own_only: Whether predict mode asks the scenario's own questions alone.
        path: The file they are kept in; None to keep them nowhere.
        trouble: What went wrong when they were last read or written.
    """

    language: str | None = None
    theme: str | None = None
    document: str | None = None
    server: str | None = None
    route: str | None = None
    tour_seen: bool = False
    classroom: bool = False
    own_only: bool = False
    path: Path | None = None
    trouble: PreferencesProblem | None = None

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Read what is remembered; never raises.

        Args:
            path: The file, by default the one in the user's config folder.
        """
        path = path if path is not None else preferences_path()
        preferences = cls(path=path)
        kept, why = read(str(path))
        for name, allowed in _FIELDS.items():
            value = kept.get(name)
            if value is None:
                continue
            if allowed(value):
                setattr(preferences, name, value)
            else:
                shown = printable(json.dumps(value))[:40]
                why = why or message("{field} is {value}", field=name, value=shown)
        if why:
            preferences.trouble = _trouble(PreferencesFault.UNREADABLE, path, why)
        return preferences

    def remember(self, **chosen: str | bool | None) -> None:
        """Choose something, and keep it for the next start; never raises (see `trouble`).

        What another process has saved meanwhile stays, as does what this version does not
        know.

        Args:
            **chosen: Fields and their new values.
        """
        for name, value in chosen.items():
            if name not in _FIELDS:
                raise TypeError(f"{name} is nothing that is remembered")
            setattr(self, name, value)
        self._keep(chosen)

    def save(self) -> None:
        """Keep all of them, as they are now; never raises (see `trouble`)."""
        self._keep({name: getattr(self, name) for name in _FIELDS})

    def _keep(self, chosen: dict[str, Any]) -> None:
        self.trouble = None
        if self.path is None:
            return
        kept, broken = read(str(self.path))
        if broken and os.path.isfile(self.path):
            # Somebody has edited it by hand: the old file is put aside, not lost.
            with contextlib.suppress(OSError):
                os.replace(self.path, f"{self.path}.broken")
        kept.update(chosen)
        kept = {name: value for name, value in kept.items() if value is not None}
        try:
            _write(self.path, json.dumps(kept, indent=2, sort_keys=True) + "\n")
        except OSError as error:
            self.trouble = _trouble(PreferencesFault.UNWRITABLE, self.path, reason(error))


def preferences_path() -> Path:
    """Return the file in which choices are kept (XDG config folder)."""
    return Path(config_file())


def _text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _truth(value: object) -> bool:
    return isinstance(value, bool)


_FIELDS: dict[str, Callable[[object], bool]] = {
    "language": lambda value: value in languages(),
    "theme": _text,
    "document": _text,
    "server": lambda value: value in ("auto", "go", "python"),
    "route": _text,
    "tour_seen": _truth,
    "classroom": _truth,
    "own_only": _truth,
}
"""What is remembered, and which values it may have."""


def _write(path: Path, text: str) -> None:
    """Write a temporary file and rename it, so that nobody ever reads half of it."""
    path = Path(os.path.realpath(path))  # a symbolic link, as dotfile managers make, is kept
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(text)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _trouble(fault: PreferencesFault, path: Path, why: Message | str) -> PreferencesProblem:
    return PreferencesProblem(fault, printable(str(path)), why)
