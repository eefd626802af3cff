"""How Sphinx makes the site from README's neighbours and the pages in docs/: `make docs`.

The tree's root is the source folder, so that one relative link works on the forge and in the site,
also between a page here and SECURITY.md or CHANGELOG.md. Nothing is fetched, neither by the build
nor by whoever reads the pages. The reference is made from docstrings, a page for each layer.
"""

import pkgutil
import re
import sys
import tomllib
from importlib import import_module
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "docs" / "reference"
EDGES = ("__main__", "cli", "tui", "capture")
"""Layers that nothing is built on: they have commands and keys, and no interface."""
sys.path.insert(0, str(ROOT))

import walkthrough  # noqa: E402

project = "walkthrough"
author = "The walkthrough authors"
copyright = "the walkthrough authors, GPL-2.0-or-later"
version = release = walkthrough.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "docs/index"
include_patterns = ["*.md", "docs/**"]
exclude_patterns = [".*", "build", "docs/_*", "scenarios", "scripts", "tests", "walkthrough"]

# A name in a signature, such as bytes, may be that of several things here: the first is linked.
suppress_warnings = ["ref.python"]

html_theme = "furo"
html_title = f"walkthrough {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_extra_path = ["_extra"]
html_copy_source = False
html_show_sphinx = False
pygments_style = "default"
pygments_dark_style = "github-dark"

myst_enable_extensions = ["attrs_inline"]
myst_heading_anchors = 4
myst_links_external_new_tab = False

default_role = "py:obj"
autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
smartquotes_action = "D"  # dashes; but "" is a value here
python_use_unqualified_type_names = True
toc_object_entries_show_parents = "hide"


def layers() -> list[str]:
    """Return the packages to be described, the lowest layer first, from the import contract."""
    content = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    (contract,) = (
        each for each in content["tool"]["importlinter"]["contracts"] if each["type"] == "layers"
    )
    names = [name.strip() for row in contract["layers"] for name in row.split("|")]
    return [name for name in reversed(names) if name not in EDGES]


def _heading(text: str, line: str) -> list[str]:
    return [text, line * len(text), ""]


def _page(layer: str) -> str:
    """Return the page of one layer: the package, then each module of it, however deep."""
    package = import_module(f"walkthrough.{layer}")
    lines = _heading(layer, "=")
    lines += [f".. automodule:: {package.__name__}", ""]
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not found.name.rpartition(".")[2].startswith("_"):
            lines += _heading(found.name.removeprefix("walkthrough."), "-")
            lines += [f".. automodule:: {found.name}", ""]
    return "\n".join(lines)


def write_reference(_: Sphinx) -> None:
    """Write the reference's pages, and leave alone those that are as they were."""
    REFERENCE.mkdir(exist_ok=True)
    pages = {f"{layer}.rst": _page(layer) for layer in layers()}
    for there in REFERENCE.iterdir():
        if there.name not in pages:
            there.unlink()
    for name, content in pages.items():
        page = REFERENCE / name
        if not page.exists() or page.read_text("utf-8") != content:
            page.write_text(content, "utf-8")


def readable(*described: object) -> tuple[str | None, str | None]:
    """Spell a default that is made by a function so that Sphinx can parse the signature."""
    signature, returned = described[-2:]
    text = signature.replace("<factory>", "...") if isinstance(signature, str) else None
    return text, returned if isinstance(returned, str) else None


_SECTION = re.compile(r"## (.+)")
_PAGE = re.compile(r"- \[(.+)\]\((.+)\.md\)")


def _navigation(index: str) -> str:
    """Return the reading order that the lists of the index give, as Sphinx wants it."""
    lines = []
    for line in index.splitlines():
        if section := _SECTION.fullmatch(line):
            lines += ["```", ""] * bool(lines)
            lines += ["```{toctree}", ":hidden:", f":caption: {section[1]}", ""]
        elif page := _PAGE.fullmatch(line):
            lines.append(f"{page[1]} <{page[2]}>")
    return "\n".join([*lines, "```", ""])


_ANCHOR = re.compile(r'<a id="([\w-]+)"></a>')
_FOLDER = re.compile(r"\]\(((?:\.\./)+scenarios/[\w-]+)\)")


def adapt(_: Sphinx, page: str, source: list[str]) -> None:
    """Say in MyST's way what the forge's Markdown says otherwise: anchors, links to folders."""
    source[0] = _FOLDER.sub(r"](\1/scenario.toml)", _ANCHOR.sub(r"[]{#\1}", source[0]))


def add_navigation(_: Sphinx, page: str, source: list[str]) -> None:
    """Add what only Sphinx reads, so that the pages are plain Markdown on the forge."""
    if page == "docs/index":
        source[0] += "\n" + _navigation(source[0])
    elif page == "docs/reference":
        entries = "\n".join(f"reference/{layer}" for layer in layers())
        source[0] += f"\n```{{toctree}}\n:maxdepth: 2\n\n{entries}\n```\n"


def setup(app: Sphinx) -> None:
    """Make the reference's pages before Sphinx looks for pages, and join all pages."""
    app.connect("builder-inited", write_reference)
    app.connect("autodoc-process-signature", readable)
    app.connect("source-read", adapt)
    app.connect("source-read", add_navigation)
