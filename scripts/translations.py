"""Holds the Chinese pages to the English ones, section by section.

scripts/translations.py check           fails where a Chinese page does not say what the English
                                        one says today, as far as that can be seen
scripts/translations.py update PAGE...  writes below each heading of a Chinese page which English
                                        text it translates, and names the sections for which that
                                        has changed: run it when they have been translated

A section of a Chinese page begins with its heading and a comment that holds a digest of the English
section. When the English text changes, the digest no longer fits, and the check names the section.
Beside that, both have to have the same headings, code, links, pictures and rows of tables.
"""

import argparse
import hashlib
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
LANGUAGE = "zh"

_HEADING = re.compile(r"(#+) (.+)")
_MARK = re.compile(r"<!-- en: ([0-9a-f]{12}) -->\n?")
_FENCE = re.compile(r"\s*(```|~~~)")
_SPAN = re.compile(r"`([^`]+)`")
_REFERENCE = re.compile(r"\[(\w+)\](?![(:\[])")
_DEFINITION = re.compile(r"\[(\w+)\]: (\S+)")
_LINK = re.compile(r"(!?)\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^)\s]+)\)")


class Section(NamedTuple):
    """A heading and what stands below it, up to the next heading of whatever level.

    Attributes:
        level: How many ``#`` its heading has.
        heading: The heading's text.
        line: The heading's line, from 1.
        lines: What stands below it, without the comment that `marked` is from.
        marked: The digest of the text that it translates, "" if it does not say.
    """

    level: int
    heading: str
    line: int
    lines: tuple[str, ...]
    marked: str

    @property
    def digest(self) -> str:
        """What a translation of this section is marked with."""
        said = "\n".join([self.heading, *(line.rstrip() for line in self.lines)]).strip()
        return hashlib.sha256(said.encode()).hexdigest()[:12]


def sections(text: str) -> list[Section]:
    """Split a page at its headings.

    Raises:
        ValueError: It does not begin with a heading.
    """
    found: list[tuple[int, str, int, list[str]]] = []
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        fenced ^= _FENCE.match(line) is not None
        heading = None if fenced else _HEADING.fullmatch(line)
        if heading is not None:
            found.append((len(heading[1]), heading[2], number, []))
        elif found:
            found[-1][3].append(line)
        elif line.strip():
            raise ValueError(f"{number}: a heading has to come first")
    return [
        Section(level, heading, number, tuple(body[1:] if mark else body), mark[1] if mark else "")
        for level, heading, number, body in found
        for mark in (_MARK.fullmatch(body[0] if body else ""),)
    ]


def pages(root: Path = ROOT) -> list[tuple[Path, Path]]:
    """Return each Chinese page with the English page that it translates."""
    own = [(page, root / "docs" / page.name) for page in sorted((root / "docs/zh").glob("*.md"))]
    return [(root / f"README.{LANGUAGE}.md", root / "README.md"), *own]


def code(section: Section) -> list[str]:
    """Return the lines of a section's code, without what is said beside them.

    Of a block in which a command is shown with what it prints, after a ``$``, only the command.
    """
    blocks: list[list[str]] = [[]]
    fenced, before = False, ""
    for line in section.lines:
        if _FENCE.match(line):
            fenced = not fenced
            blocks.append([])
        elif fenced or (line.startswith("    ") and (blocks[-1] or not before.strip())):
            blocks[-1].append(line.strip())
        elif line.strip():
            blocks.append([])
        before = line
    said: list[str] = []
    for block in blocks:
        commands = [line for line in block if line.startswith("$ ")]
        said += [re.split(r" {2,}", line)[0] for line in commands or block if line]
    return said


def prose(section: Section) -> str:
    """Return a section without its blocks of code, in one line."""
    kept, fenced = [], False
    for line in section.lines:
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced and not line.startswith("    "):
            kept.append(line)
    return " ".join(kept)


def spans(section: Section) -> set[str]:
    """Return what is set as code within a section's sentences."""
    return {" ".join(each.split()) for each in _SPAN.findall(prose(section))}


def targets(section: Section, page: Path, root: Path) -> set[str]:
    """Return where a section's links and pictures lead, from the root of the project.

    A link to a Chinese page counts as one to the English page, one to a heading of it as one to
    the heading in the same place, and so do pictures of the screen.
    """
    english = {zh.relative_to(root).as_posix(): en.relative_to(root) for zh, en in pages(root)}

    def absolute(target: str) -> str:
        path, mark, anchor = target.partition("#")
        if "://" in path:
            return target
        own = page.relative_to(root)
        where = _plain(own.parent / path) if path else own.as_posix()
        if where not in english:
            return f"{where}{mark}{anchor}"
        if anchor:
            anchor = _in_english(anchor, root / where, root / english[where])
        return f"{english[where]}{mark}{anchor}"

    said = _SPAN.sub("", prose(section))
    found = {f"[{label}]" for label in _REFERENCE.findall(said)}
    for label, target in _DEFINITION.findall(said):
        found.add(f"[{label}]: {absolute(target)}")
    for picture, target in _LINK.findall(said):
        where = absolute(target)
        found.add(where.replace(f"-{LANGUAGE}-", "-") if picture else where)
    return found


def _in_english(anchor: str, page: Path, other: Path) -> str:
    """Return the anchor of the English heading that a Chinese one translates; itself for none."""
    try:
        ours, theirs = (
            [anchor_of(one.heading) for one in sections(each.read_text("utf-8"))]
            for each in (page, other)
        )
    except (OSError, ValueError):  # that page's own line says what is wrong with it
        return anchor
    return dict(zip(ours, theirs, strict=False)).get(anchor, anchor)


def anchor_of(heading: str) -> str:
    """Return what a link to a heading has behind its ``#``, on the forge and on the site."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def _plain(path: Path) -> str:
    parts: list[str] = []
    for part in PurePosixPath(path).parts:
        if part == ".." and parts:
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def rows(section: Section) -> int:
    """Return how many rows of tables a section has."""
    return sum(line.startswith("|") for line in section.lines)


def _unlike(
    chinese: Section, english: Section, page: Path, other: Path, root: Path
) -> Iterator[str]:
    if chinese.marked != english.digest:
        yield (
            "the English text has changed: translate it, then run scripts/translations.py update"
            if chinese.marked
            else "it does not say what it translates: run scripts/translations.py update"
        )
    if (ours := code(chinese)) != (theirs := code(english)):
        wrong = next((one for one in theirs if one not in ours), None)
        wrong = wrong or next((one for one in ours if one not in theirs), "the order")
        yield f"the code differs from the English page's: {wrong}"
    for what, mine, its in (
        ("code", spans(chinese), spans(english)),
        ("link", targets(chinese, page, root), targets(english, other, root)),
    ):
        yield from (f"a {what} of the English page is missing: {one}" for one in sorted(its - mine))
        yield from (f"a {what} is not on the English page: {one}" for one in sorted(mine - its))
    if rows(chinese) != rows(english):
        yield f"it has {rows(chinese)} rows of tables and not {rows(english)}"


def problems(page: Path, other: Path, root: Path = ROOT) -> list[str]:
    """Return what is wrong with a Chinese page, each in a line: file, line, sentence.

    Args:
        page: The Chinese page.
        other: The English page.
        root: The project.
    """
    name = page.relative_to(root)
    if not other.exists():
        return [f"{name}: there is no {other.relative_to(root)} that it could translate"]
    if not page.exists():
        return [f"{name}: it is missing"]
    try:
        chinese, english = sections(page.read_text("utf-8")), sections(other.read_text("utf-8"))
    except ValueError as error:
        return [f"{name} or {other.relative_to(root)}:{error}"]
    levels = [one.level for one in chinese], [one.level for one in english]
    if levels[0] != levels[1]:
        at = next((n for n, (a, b) in enumerate(zip(*levels, strict=False)) if a != b), None)
        at = min(len(chinese), len(english)) if at is None else at
        here = chinese[min(at, len(chinese) - 1)]
        said = f"{english[at].heading!r}" if at < len(english) else "no other"
        return [f"{name}:{here.line}: heading {at + 1} of the English page is {said}"]
    return [
        f"{name}:{one.line}: {one.heading}: {sentence}"
        for one, its in zip(chinese, english, strict=True)
        for sentence in _unlike(one, its, page, other, root)
    ]


def update(page: Path, other: Path) -> list[str]:
    """Write below each heading of a Chinese page which English text it translates.

    Returns:
        The headings of the sections for which that has changed.
    """
    pairs = list(
        zip(sections(page.read_text("utf-8")), sections(other.read_text("utf-8")), strict=True)
    )
    english = iter([its for _, its in pairs])
    text = page.read_text("utf-8").splitlines()
    begins = {one.line for one, _ in pairs}
    said: list[str] = []
    for number, line in enumerate(text, 1):
        if number - 1 in begins and _MARK.fullmatch(line):
            continue
        said.append(line)
        if number in begins:
            said.append(f"<!-- en: {next(english).digest} -->")
    page.write_text("\n".join(said) + "\n", "utf-8")
    return [one.heading for one, its in pairs if one.marked != its.digest]


def main(arguments: Iterable[str] | None = None, root: Path = ROOT) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("command", choices=["check", "update"])
    parser.add_argument("page", nargs="*", type=Path, help="Chinese pages; check: all without it")
    chosen = parser.parse_args(None if arguments is None else list(arguments))
    if chosen.command == "update" and not chosen.page:
        parser.error("name the pages whose changed sections you have translated")
    wanted = {page.resolve() for page in chosen.page}
    found: list[str] = []
    for page, other in pages(root):
        if wanted and page.resolve() not in wanted:
            continue
        if chosen.command == "update":
            levels = [
                [one.level for one in sections(each.read_text("utf-8"))] for each in (page, other)
            ]
            if levels[0] == levels[1]:
                for heading in update(page, other):
                    print(f"{page.relative_to(root)}: translated: {heading}")
        found += problems(page, other, root)
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
