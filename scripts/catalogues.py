"""Keeps the catalogues of `walkthrough.i18n` in step with the code, and makes a pseudo-language.

scripts/catalogues.py check     fails for a message that a catalogue lacks, or that is gone
scripts/catalogues.py update    takes new messages in, and those out that are gone; sorts
scripts/catalogues.py new LANG  begins a catalogue: every message, without translation
scripts/catalogues.py pseudo FOLDER    writes a catalogue of the language ``qps``, in which
                                       every word is changed and texts are 40 % longer;
                                       WALKTHROUGH_LOCALE=FOLDER walkthrough --lang qps
"""

import argparse
import io
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.core import UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import PoFileError, read_po, write_po

from walkthrough.i18n.catalogue import DOMAIN
from walkthrough.model.sentence import names_of

ROOT = Path(__file__).parents[1]
LOCALE = ROOT / "walkthrough" / "i18n" / "locale"
KEYWORDS = {
    "message": None,
    "mistake": (2,),
    "tr": None,
    "plural": (1, 2),
    "in_context": ((1, "c"), 2),
}
_SAID = re.compile(rb"\b(?:%s)\(" % "|".join(KEYWORDS).encode())
"""What each file has that says any message: half of them do not, and Babel is slow."""
PSEUDO = "qps"

_LETTERS = str.maketrans(
    "AaBbCcDdEeFfGgHhIiJjKkLlMmNnOoPpQqRrSsTtUuVvWwXxYyZz",
    "ÅåßƀÇçÐðÉéƑƒĜĝĤĥÎîĴĵĶķĻļṀɱÑñÖöÞþǪǫŔŕŠšŢţÛûṼṽŴŵẊẋÝýŽž",
)
_KEPT = re.compile(r"(\{\{|\}\}|\{\w+\}|```\w*|`[^`]*`|%(?:\(\w+\))?[sdr]\b)")
_WORD = re.compile(r"(\S*[^\W_]\S*)")
_BY_PERCENT = re.compile(r"%(?:\(\w+\))?[sdr]\b")
"""What argparse fills in."""


def extracted() -> Catalog:
    """Return every message that the code may say, without translation."""
    found = Catalog(project="walkthrough", charset="utf-8")
    for file in sorted((ROOT / "walkthrough").rglob("*.py")):
        if not _SAID.search(file.read_bytes()):
            continue
        for _, text, comments, context in extract_from_file(
            "python",
            file,
            keywords=KEYWORDS,
            comment_tags=("Translators:",),
            strip_comment_tags=True,
        ):
            found.add(text, context=context, auto_comments=comments)
    return found


def read(file: Path) -> Catalog:
    """Return a catalogue of a language.

    Raises:
        SystemExit: It cannot be read.
    """
    try:
        with file.open("rb") as stream:
            return read_po(stream, locale=file.parts[-3], abort_invalid=True)
    except (OSError, PoFileError, UnicodeDecodeError, UnknownLocaleError) as error:
        raise SystemExit(f"{file}: {error}: mend it.") from None


def header(language: str, plural_forms: str) -> bytes:
    """Return the head of a new catalogue: what gettext needs, and no dates or names."""
    lines = {
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": plural_forms,
    }
    said = "".join(f'"{key}: {value}\\n"\n' for key, value in lines.items())
    return f'msgid ""\nmsgstr ""\n{said}\n'.encode()


def write(file: Path, catalogue: Catalog, head: bytes) -> None:
    """Write a catalogue so that two people's changes rarely conflict: sorted, without places."""
    body = io.BytesIO()
    write_po(
        body,
        catalogue,
        width=0,
        no_location=True,
        sort_output=True,
        ignore_obsolete=True,
        omit_header=True,
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(head + body.getvalue().strip() + b"\n")


def catalogues() -> list[Path]:
    """Return the catalogue files of the project."""
    return sorted(LOCALE.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def key(message: Message) -> tuple[str, str]:
    """Return what a message is known by."""
    first = message.id[0] if isinstance(message.id, tuple | list) else message.id
    return message.context or "", first


def texts(value: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    """Return a text or the forms of a plural as a tuple."""
    return (value or "",) if value is None or isinstance(value, str) else tuple(value)


def mistakes(wanted: Catalog, file: Path) -> Iterator[str]:
    """Yield what is wrong with a catalogue, a sentence each."""
    there = {key(message): message for message in read(file) if message.id}
    needed = {key(message): message for message in wanted if message.id}
    for known in sorted(needed.keys() | there.keys()):
        name = repr(known[1]) + (f" ({known[0]})" if known[0] else "")
        if known not in there:
            yield f"{name} is missing: make messages, and translate it."
        elif known not in needed:
            yield f"{name} is said nowhere: make messages."
        elif there[known].fuzzy or not all(texts(there[known].string)):
            yield f"{name} is not translated."
        else:
            forms = [names_of(text) for text in texts(needed[known].id)]
            names, singular = set().union(*forms), forms[0]
            given = sorted(_BY_PERCENT.findall(texts(needed[known].id)[-1]))
            several = texts(there[known].string)
            for number, text in enumerate(several):
                least = singular if len(several) > 1 and not number else names
                if sorted(_BY_PERCENT.findall(text)) != given:
                    yield f"{name} has other fields in {text!r}."
                if not least - {"count"} <= names_of(text) <= names:
                    yield f"{name} has other fields in {text!r}."


def check() -> int:
    """Print what is wrong with each catalogue; return the exit status."""
    wanted = extracted()
    found = [f"{file}: {what}" for file in catalogues() for what in mistakes(wanted, file)]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


def update(file: Path, wanted: Catalog) -> None:
    """Take new messages into a catalogue, and those out that are gone."""
    head, _, _ = file.read_bytes().partition(b"\n\n")
    catalogue = read(file)
    catalogue.update(wanted, no_fuzzy_matching=True)
    write(file, catalogue, head + b"\n\n")


def pseudo_text(text: str) -> str:
    """Return a text as the pseudo-language has it: readable, 40 % longer, no word the same.

    Each word is longer by its share, so that it wraps as a text of another language would.
    """
    longer = due = 0.0
    parts = []
    for number, part in enumerate(_KEPT.split(text)):
        if number % 2:
            parts.append(part)
            continue
        for at, piece in enumerate(_WORD.split(part)):
            due += 0.4 * len(piece)
            marks = round(due - longer) if at % 2 else 0  # behind a word, not behind a gap
            longer += marks
            parts.append(piece.translate(_LETTERS) + "~" * marks)
    return "".join(parts)


def pseudo(folder: Path) -> None:
    """Write the catalogue of the pseudo-language into ``folder``."""
    catalogue = Catalog(project="walkthrough", charset="utf-8")
    for message in extracted():
        if message.id:
            said = tuple(map(pseudo_text, texts(message.id)))
            catalogue.add(
                message.id, said if message.pluralizable else said[0], context=message.context
            )
    head = header(PSEUDO, "nplurals=2; plural=(n != 1);")
    write(folder / PSEUDO / "LC_MESSAGES" / f"{DOMAIN}.po", catalogue, head)


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description="keep the catalogues in step with the code")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check")
    commands.add_parser("update")
    commands.add_parser("new").add_argument("language")
    commands.add_parser("pseudo").add_argument("folder", type=Path)
    chosen = parser.parse_args()
    if chosen.command == "check":
        return check()
    if chosen.command == "pseudo":
        pseudo(chosen.folder)
        return 0
    wanted = extracted()
    if chosen.command == "new":
        file = LOCALE / chosen.language / "LC_MESSAGES" / f"{DOMAIN}.po"
        if file.exists():
            raise SystemExit(f"{file} is there already: scripts/catalogues.py update.")
        try:
            begun = Catalog(locale=chosen.language)
        except UnknownLocaleError:
            raise SystemExit(
                f"There is no language {chosen.language}: give its code, as in de."
            ) from None
        begun.update(wanted)
        write(file, begun, header(chosen.language, begun.plural_forms))
        return 0
    for file in catalogues():
        update(file, wanted)
    return 0


if __name__ == "__main__":
    try:
        status = main()
        sys.stdout.flush()
    except BrokenPipeError:  # its reader has gone, as head does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    sys.exit(status)
