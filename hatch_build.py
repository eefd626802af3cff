"""The build's own step: compiles the catalogues, so that an installed program needs no compiler.

An editable install gets none; there `walkthrough.i18n.catalogue` compiles them when they are
first used, with Babel, which becomes one of its dependencies.
"""

import tempfile
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BABEL = "babel>=2.14"


class CatalogueBuildHook(BuildHookInterface):  # type: ignore[misc]
    """Compiles every ``locale/*/LC_MESSAGES/*.po`` to the ``.mo`` beside it, in the wheel alone."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add what is compiled to the wheel, or Babel to what an editable install needs."""
        if self.target_name != "wheel":
            return
        if version == "editable":
            build_data["dependencies"].append(BABEL)
            return
        self._folder = tempfile.TemporaryDirectory()
        for source in sorted(Path(self.root, "walkthrough", "i18n", "locale").rglob("*.po")):
            inside = source.relative_to(self.root).with_suffix(".mo")
            compiled = Path(self._folder.name, *inside.parts)
            compiled.parent.mkdir(parents=True)
            with source.open("rb") as stream:
                catalogue = read_po(stream, abort_invalid=True)
            with compiled.open("wb") as target:
                write_mo(target, catalogue)
            build_data["force_include"][str(compiled)] = inside.as_posix()

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the folder in which they were compiled."""
        if hasattr(self, "_folder"):
            self._folder.cleanup()
