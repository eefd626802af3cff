"""What events call source files, for the ways in which programs are built."""

import pytest

from walkthrough.capture.ptrace.build_info import BuildInfo
from walkthrough.capture.ptrace.source_names import SourceNames

SHOP = BuildInfo("go1.27.3", "example.com/shop/cmd/server", "example.com/shop", "(devel)")
CACHE = "/home/ada/go/pkg/mod"
RUNTIME = "/opt/go1.27/src/runtime/proc.go"
MAIN = "/home/ada/work/shop/cmd/server/main.go"
PLAIN = SourceNames(SHOP, RUNTIME, MAIN)
TRIMMED = SourceNames(SHOP, "runtime/proc.go", "example.com/shop/cmd/server/main.go")
ALONE = SourceNames(BuildInfo("go1.27.3", "command-line-arguments"), RUNTIME, "/home/ada/x/main.go")
INSTALLED = SourceNames(
    SHOP._replace(module_version="v1.2.3"),
    RUNTIME,
    f"{CACHE}/example.com/shop@v1.2.3/cmd/server/main.go",
)


@pytest.mark.parametrize(
    ("names", "path", "expected"),
    [
        (PLAIN, "/opt/go1.27/src/net/dial.go", "net/dial.go"),
        (PLAIN, "/opt/go1.27/src/vendor/golang.org/x/net/a.go", "vendor/golang.org/x/net/a.go"),
        (PLAIN, MAIN, "example.com/shop/cmd/server/main.go"),
        (PLAIN, "/home/ada/work/shop/cart/cart.go", "example.com/shop/cart/cart.go"),
        (PLAIN, f"{CACHE}/golang.org/x/net@v0.33.0/a.go", "golang.org/x/net@v0.33.0/a.go"),
        (PLAIN, "/home/ada/work/lib/lib.go", "lib.go"),  # a module that replaces another
        (PLAIN, "/usr/lib/go-1.19/src/syscall/a.go", "syscall/a.go"),
        (PLAIN, "", ""),
        (PLAIN, "_cgo_gotypes.go", "_cgo_gotypes.go"),
        (TRIMMED, "net/dial.go", "net/dial.go"),
        (TRIMMED, "example.com/shop/cart/cart.go", "example.com/shop/cart/cart.go"),
        (TRIMMED, "golang.org/x/net@v0.33.0/a.go", "golang.org/x/net@v0.33.0/a.go"),
        (ALONE, "/home/ada/x/main.go", "main.go"),
        (ALONE, "/home/ada/x/sub/more.go", "sub/more.go"),
        (INSTALLED, f"{CACHE}/example.com/shop@v1.2.3/a.go", "example.com/shop@v1.2.3/a.go"),
        (TRIMMED, "./main.go", "main.go"),
        (TRIMMED, "walkthrough.example/server/main.go", "main.go"),
        (TRIMMED, "walkthrough.example/scenarios/mine/main.go", "scenarios/mine/main.go"),
    ],
)  # fmt: skip
def test_a_name_tells_no_folder_of_the_machine(
    names: SourceNames, path: str, expected: str
) -> None:
    assert names.name(path) == expected


@pytest.mark.parametrize(
    ("names", "module", "folder"),
    [
        (PLAIN, "example.com/shop", "/home/ada/work/shop"),
        (TRIMMED, "example.com/shop", ""),
        (ALONE, "", "/home/ada/x"),
        (INSTALLED, "example.com/shop", ""),
        (SourceNames(SHOP, RUNTIME, "/home/ada/elsewhere/main.go"), "", "/home/ada/elsewhere"),
        (SourceNames(SHOP, "", ""), "example.com/shop", ""),
    ],
)
def test_where_the_module_was(names: SourceNames, module: str, folder: str) -> None:
    assert (names.module, names.module_folder) == (module, folder)
