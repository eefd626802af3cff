"""All that the lesson layer says of a scenario author's own files is known in Chinese.

The sentences are read out of the code, so a new one without a translation is found at once.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.sentences import CHINESE, PACKAGE, PUT_TOGETHER
from walkthrough.view.translation import in_chinese

LESSON_RAISES = frozenset(("Mistake", "ScenarioError", "NoteError", "PointError"))
ONLY_ON_THE_COMMAND_LINE = ("check_notes.py", "go_tree.py")
"""What `walkthrough check` alone says, in English; so does all of ``lesson/judging``."""
PARTS_ONLY = ("errors.py", "library.py")
"""What is around a mistake's words (`tests/lesson/test_mistakes.py`); why there is no source."""
CLAUSES = {"address_rules.py": "X7 is X7; {}"}
"""In these modules, functions return the end of such a sentence."""
BOUNDS = "{} is {}; allowed is {}"
WORD = re.compile(r"[a-z]{2,}")
TWO_WORDS = re.compile(r"(?<![\w.\[/])[a-z]{2,} [a-z]{2,}(?![\w.\]/])")
AUTHORS = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`|\[\[?[^\]]*\]|（[^）]*）|\([^)]*\)")
"""What is quoted of the author's, and the table in which it is."""


class Texts(dict[str, list[tuple[int, list[str]]]]):
    """The texts that a module or a function gives to names, by the line on which it does."""

    def of(self, tree: ast.AST) -> "Texts":
        """Return these and what the statements of ``tree`` give."""
        known = Texts({name: list(texts) for name, texts in self.items()})
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                known.setdefault(node.targets[0].id, []).append(
                    (node.lineno, known.spelled(node.value))
                )
        return known

    def spelled(self, node: ast.AST) -> list[str]:
        """Return the texts that an expression may become, with ``{}`` for what is filled in."""
        match node:
            case ast.Constant(value=str() as text):
                return [text]
            case ast.IfExp():
                return [*self.spelled(node.body), *self.spelled(node.orelse)]
            case ast.BoolOp():
                return [text for each in node.values for text in self.spelled(each) if text]
            case ast.BinOp(op=ast.Add()):
                left, right = self.spelled(node.left) or ["{}"], self.spelled(node.right) or ["{}"]
                return [one + other for one in left for other in right]
            case ast.Call(func=ast.Name(id="instead")):
                return ["did you mean {}?", "allowed are: {}"]
            case ast.Name():
                before = [texts for line, texts in self.get(node.id, ()) if line <= node.lineno]
                return before[-1] if before else []
            case ast.JoinedStr():
                whole = [""]
                for part in node.values:
                    value = part.value if isinstance(part, ast.FormattedValue) else part
                    whole = [
                        text + more for text in whole for more in self.spelled(value) or ["{}"]
                    ]
                return whole
        return []


def said_of_files(file: Path) -> Iterator[str]:
    """Yield what a module of the lesson's says of an author's files, or a part of such sentences.

    That is what its mistakes and errors say, and what its functions return: clauses of them.
    """
    tree = ast.parse(file.read_text("utf-8"))
    constants = Texts().of(ast.Module([n for n in tree.body if isinstance(n, ast.Assign)], []))
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef) or function.name == "__str__":
            continue  # a point is spelled as its author does
        known = constants.of(function)
        for node in ast.walk(function):
            texts: list[str] = []
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in LESSON_RAISES:
                texts = [text for each in node.args for text in known.spelled(each)]
            elif isinstance(node, ast.Return) and node.value is not None:
                texts = known.spelled(node.value)
            yield from (text for text in texts if " " in text and WORD.search(text))


def of_lessons() -> Iterator[tuple[str, str]]:
    files = [
        *(PACKAGE / "lesson").glob("*.py"),
        *(PACKAGE / "source").glob("*.py"),
        *(PACKAGE / "scenario").glob("*.py"),
        *(PACKAGE / "scenario" / "validation").glob("*.py"),
        PACKAGE / "state" / "triggers.py",
    ]
    for file in files:
        if file.name not in (*PARTS_ONLY, *ONLY_ON_THE_COMMAND_LINE):
            yield from ((file.name, text) for text in said_of_files(file))


def left_in_english(sentence: str) -> str:
    """Return what is English in the translation of a mistake's sentence; all if there is none."""
    chinese = in_chinese(sentence) or sentence
    found = TWO_WORDS.search(AUTHORS.sub("", chinese))
    return found[0] if found else "" if CHINESE.search(chinese) else sentence


def test_what_is_wrong_with_an_authors_files_is_known() -> None:
    said = [each for each in of_lessons() if each[1] != BOUNDS]
    assert len(said) > 100
    unknown = []
    for name, text in said:
        if any(re.match(each, text) for each in PUT_TOGETHER):
            continue
        whole = text.replace("{}", "X7")
        said_there = CLAUSES.get(name, "{}").replace("{}", whole.removesuffix("?"))
        # It is a sentence, or a part of one; or it is told as a mistake in a file is.
        tried = (whole, whole.removesuffix("?"), f"a/scenario.toml, line 3: {said_there}.")
        if all(left_in_english(each) for each in tried):
            unknown.append(f"{name}: {text!r}")
    assert not unknown, "\n".join(unknown)
