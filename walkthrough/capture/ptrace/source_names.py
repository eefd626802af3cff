"""What events call source files: never by a folder of the machine where a program was built.

Line tables hold the compiler's names: full paths, or with ``-trimpath`` what comes behind them. A
name here is the same in both cases:

- ``net/dial.go`` is below GOROOT/src;
- ``example.com/shop/cart/cart.go`` is a file of the program's own module, by the module's path;
- ``golang.org/x/net@v0.33.0/http2/server.go`` is a file of another one, by its path and version;
- ``main.go`` is a file of a program that was built outside of any module.
"""

import posixpath
import re

from walkthrough.capture.ptrace.build_info import BuildInfo

_MODULE_CACHE = "/pkg/mod/"
_OURS = ("walkthrough.example/server/", "walkthrough.example/scenarios/")
_STANDARD = re.compile(r"/src/((?:internal/poll|net|runtime|syscall)/)")
NO_MODULE = "command-line-arguments"


class SourceNames:
    """Names the source files of one program.

    Args:
        info: How it was built.
        runtime_file: What its line tables call a file of package runtime.
        main_file: What they call the file of ``main.main``; "" if that is unknown.

    Attributes:
        module: Path of the program's own module, "" for none.
        module_folder: Where its module was when it was built; its main package if it has no
            module. "" if the line tables do not say.
    """

    def __init__(self, info: BuildInfo, runtime_file: str, main_file: str) -> None:
        before, found, _ = runtime_file.rpartition("/src/runtime/")
        self._go_src = f"{before}/src/" if found and runtime_file.startswith("/") else ""
        self.module = info.module if info.package != NO_MODULE else ""
        self.module_folder = self._folder(info.package, main_file)

    def _folder(self, package: str, main_file: str) -> str:
        """Return the folder of the module: that of main, less what leads there in the module."""
        folder = posixpath.dirname(main_file)
        if not folder.startswith("/") or _MODULE_CACHE in folder:
            return ""
        if not self.module:
            return folder
        inside = package.removeprefix(self.module)
        if package.startswith(self.module) and folder.endswith(inside):
            return folder.removesuffix(inside)
        self.module = ""
        return folder

    def name(self, path: str) -> str:
        """Return what events call the file that line tables call ``path``; "" stays ""."""
        if path.startswith(_OURS[0]):  # the shared server's files are named alone
            return path.rsplit("/", 1)[-1]
        if path.startswith(_OURS[1]):  # and those of other programs scenarios/NAME/FILE
            return path.removeprefix("walkthrough.example/")
        if not path.startswith("/"):
            return path.removeprefix("./")
        if self._go_src and path.startswith(self._go_src):
            return path.removeprefix(self._go_src)
        if (at := path.rfind(_MODULE_CACHE)) >= 0:
            return path[at + len(_MODULE_CACHE) :]
        if self.module_folder and path.startswith(f"{self.module_folder}/"):
            inside = path.removeprefix(f"{self.module_folder}/")
            return f"{self.module}/{inside}" if self.module else inside
        if (standard := _STANDARD.search(path)) is not None:
            return path[standard.start(1) :]
        return path.rsplit("/", 1)[-1]
