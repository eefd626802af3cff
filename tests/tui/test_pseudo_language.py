"""With a language in which every word is changed, no word on the screen is plain English.

The pseudo-language is made of the messages that ``scripts/catalogues.py`` finds in the code. So
what is still English is said past the catalogues: it is no message, or made of pieces.

What is the same in every language is known exactly, and not by its looks: names from events,
files and tables (`tests.support.names_in_data`), whole and as they are spelled there, and `NAMES`.
"""

import asyncio
import re
import shutil
from collections.abc import Iterator
from functools import cache

import pytest

from tests.support import compared_log, go_library, home_catalogue, pseudo_language
from tests.support.journeys import ALONE, JOURNEYS, KEPT, OWN, Journey, recorded
from tests.support.names_in_data import Names, names_of, names_of_tables
from tests.support.pictured_text import Picture, Spoken, WholeTexts, picture_of
from tests.support.process_logs import history_of_recording
from tests.support.records import HEADER, first_connection, history_of
from walkthrough.i18n.languages import ENGLISH
from walkthrough.scenario import loader as scenarios
from walkthrough.source.notes import Notes
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.features.search.keeping import FILE
from walkthrough.tui.features.search.screenshot import file_name
from walkthrough.tui.screens.home.bindings import HOME_ACTIONS
from walkthrough.tui.widgets.actions import ACTIONS
from walkthrough.view.text import safe

pytestmark = pytest.mark.together("the pseudo-language")
"""Its catalogue and the table of names are made once, by the worker that takes all journeys."""
NAMES = {
    "walkthrough": "the program",
    "export": "its command",
    "strace nc": "programs",
    "trace": "its command",
    "shop": "a program that is traced",
    "SYN SYN-ACK ACK FIN RST": "packets",
    "recv-q send-q UNCONN": "what ss(8) calls them",
    "EALREADY EWOULDBLOCK ERESTARTNOHAND": "errors that a filter knows, and no recording has",
    "KiB": "a unit",
    "Enter Tab Esc": "keys, as they are written on them",
    "stage: step: call: g: thread: error: errors": "what is typed into a filter",
    "neighbour": "an address in a scenario's file, in its own words",
    "ipv6 mptcp port": "what a scenario's file says that it needs",
}
"""Names that no event and no table has, and whose they are."""
TYPED = "accept xyzzy call:accept4 stage:9 never nowhere.md prose.md door.md /nowhere/"
"""What the journeys type."""


COMMENT = re.compile(r'(?m)//.*|#.*|"""[^"]*"""|^/ .*|^Only words.*')
SOURCE = {
    name: COMMENT.sub(lambda prose: pseudo_language.pseudo_text(prose[0]), text)
    for name, text in go_library.FILES.items()
}
"""Source of which all that is prose is in the pseudo-language."""


@pytest.fixture(autouse=True)
def _pseudo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(pseudo_language.folder()))
    pseudo_language.use(monkeypatch)
    yield
    monkeypatch.undo()
    pseudo_language.forget()


@cache
def names() -> Names:
    histories = [recorded(name) for name in scenarios.names()]
    histories += [history_of(first_connection(), HEADER), go_library.history()]
    histories.append(history_of_recording("prefork"))
    texts = [text for history in histories for text in names_of(history)]
    texts += [action.shown for action in (*ACTIONS, *HOME_ACTIONS)]
    code = [COMMENT.sub("", text) for text in go_library.FILES.values()]
    texts += [*code, *(name for text in code for name in re.findall(r"\w+", text))]
    texts += [*names_of_tables(), *NAMES, TYPED, *files()]
    texts += [place for note in Notes.load().all for place in note.see]
    texts += [safe(entry.name) for entry in (*home_catalogue.ENTRIES, OWN, ALONE)]
    calls = compared_log.Log().lines
    texts += [f"{row.name}({row.arguments}) = {row.result}" for row in calls]
    texts += [safe(other.text) for other in compared_log.OTHERS]
    return Names(texts)


def files() -> Iterator[str]:
    """Yield the names of files that come up."""
    folder = pseudo_language.folder()
    yield from (str(folder / "walkthrough" / FILE), str(folder / "house" / "door.md"))
    yield from (part for name in go_library.FILES for part in ("house", *name.split("/")))
    yield from (str(entry.path) for entry in home_catalogue.RECENTS)
    yield str(KEPT)
    for scenario in ("first-connection", go_library.HEADER.scenario):
        yield from (file_name(scenario, number) for number in range(1, 500))


def taken(journey: Journey, language: str) -> dict[str, Picture]:
    """Return what was seen on a journey, look by look."""
    looks: dict[str, Picture] = {}

    def look(app: WalkthroughApp, name: str) -> None:
        assert name not in looks, f"two looks are called {name}"
        looks[name] = picture_of(app)

    folder = pseudo_language.folder() / "house"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    go_library.write_files(folder, SOURCE)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        asyncio.run(journey.take(language, look))
    return looks


SHORTER = {
    ("KeysBar#keys", ""): "keys drop out, the last ones first: all are in the help",
    ("CommandList#", ""): "longer sentences leave room for fewer actions: the list scrolls",
    ("SearchStatus#", "ends"): "so do they here, before a sentence is cut",
    ("SearchInput#", ""): "what is typed, and no text",
    ("ReferenceView#reference-rows", ""): "a list that scrolls, with the glossary's own texts",
    ("HeaderBar#header", "goroutine {number}"): "who acts drops out behind a long sentence",
    ("HeaderBar#header", "thread {number}"): "as before",
    ("HeaderBar#header", "scheduler"): "as before",
    (
        "CallsPane#calls title",
        "{title} ({count} hidden)",
    ): "a title counts what is left out if it can",
    ("SearchStatus#", "{function} was cut off ({reason})"): "an excerpt of what was found",
    ("SourcePane#source title", "document: {name}, func {function}"): "a title has shorter forms",
    ("SourcePane#source title", "looking at {function}; D returns"): "as before",
    ("Caption#caption", "; SIGURG, Go's own preemption: {count}, not listed"): "whole, around "
    "what stands at the right of its first row",
    ("ScenarioList#scenario-list", "in a file"): "titles and teasers have 33 and 37 cells, in "
    "every language: whoever writes them keeps to that",
    ("SequencePane#sequence", "inferred packets"): "where the packets are from is said in one word",
    ("SequencePane#sequence", "captured packets"): "as before",
    ("SequencePane#sequence", "inferred"): "and not at all beside a long name of the kernel's lane",
    ("SequencePane#sequence", "captured"): "as before",
    ("SequencePane#sequence", "goroutine {goroutine} runs: closed"): "g1 in its place",
    ("SequencePane#sequence", "goroutine {goroutine} runs: time is up"): "g1 in its place",
    ("SequencePane#sequence", "{count} bytes wait, not accepted yet"): "24 B wait in its place",
}
"""What is said shorter where there is less room, by widget and message, and how.

Nothing of it is cut: it drops out, or a shorter message takes its place.
"""


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.name)
def test_no_word_is_plain_english_and_no_text_is_cut(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken = Spoken(monkeypatch)
    pictures = taken(journey, pseudo_language.LANGUAGE)
    wrong: dict[str, str] = {}
    for name, picture in pictures.items():
        for widget, lines in picture.items():
            for line in lines:
                for word in names().others(line):
                    wrong.setdefault(repr(word), f"{name}, {widget}: {line.strip()}")
    assert not wrong, "\n".join(f"{word!r} in {where}" for word, where in wrong.items())
    english = taken(journey, ENGLISH)
    assert [*english] == [*pictures]
    whole = WholeTexts(spoken.texts[ENGLISH], spoken.texts[pseudo_language.LANGUAGE], names())
    for name, picture in english.items():
        for cut in whole.cut(picture, pictures[name]):
            if not SHORTER.keys() & {(cut.widget, part) for part in ("", *cut.message)}:
                shown = "\n    ".join(line for line in cut.lines if line.strip())
                wrong.setdefault(
                    f"{cut.widget} {cut.message}", f"{name}: {cut.text!r} in\n    {shown}"
                )
    assert not wrong, "\n".join(f"{what}, {where}" for what, where in wrong.items())
