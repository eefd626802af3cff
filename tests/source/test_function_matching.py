"""A program's own functions have other names in a document: they are found by who calls them."""

import pytest

from walkthrough.scenario.loader import server_folder
from walkthrough.source.document import parse
from walkthrough.source.function_matching import by_name, called_instead
from walkthrough.source.functions import find_functions

RUNNING = """\
package main

func main() {
	door, err := net.Open(network, address)
	if err != nil {
		os.Exit(1)
	}
	for {
		guest, err := door.Admit()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		go welcome(guest)
	}
}

func welcome(guest net.Guest) {
	defer guest.Leave()
	seat(guest)
}

func seat(guest net.Guest) {
}

func (h *House) greet(guest net.Guest) {
}
"""
HEAD = """\
func main() {
	d, err := net.Open("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()

	for {
		g, err := d.Admit()
		if err != nil {
			return
		}
		%s
	}
}

%s
"""
HANDLE, CHECK = "func handle(g net.Guest) {\n}", "func check(g net.Guest) {\n}"


def main_of(document: str, running: str) -> str | None:
    text = parse(f"```go\n{document}\n```\n", "x")
    lines = tuple(running.split("\n"))
    functions = find_functions(lines)
    found = by_name(text, "main.main", lines, functions, functions["main"])
    return found[0].name if found is not None else None


@pytest.mark.parametrize(
    ("opens", "found"),
    [
        ('d, err := net.Open("tcp", address)', "main"),
        ("d, err := net.OpenPacket(address)", None),
        ("d, err := net.Open(a); net.Shut(d)", "main"),  # half of it is enough
        ("d, err := net.Open(a); net.Shut(d); net.Lock(d)", None),
        ("d, err := open(address)", "main"),  # nothing speaks against it
    ],
)
def test_a_main_is_the_documents_if_it_makes_the_same_calls(opens: str, found: str | None) -> None:
    document = HEAD.replace('d, err := net.Open("tcp", address)', opens) % ("", "")
    assert main_of(document, RUNNING) == found


@pytest.mark.parametrize(
    ("program", "found"),
    [
        ("server", "main"),
        ("server/packet", None),
        ("server/dial", None),
        ("inherited-listener", None),
    ],
)
def test_which_programs_mains_a_listing_of_a_server_shows(program: str, found: str | None) -> None:
    listing = server_folder().parent / "the-document-today" / "main.go"
    running = server_folder().parent / program / "main.go"
    assert main_of(listing.read_text("utf-8"), running.read_text("utf-8")) == found


def instead_of(name: str, call: str, declared: str, file: str = "main.go") -> str | None:
    document = parse(f"```go\n{HEAD % (call, declared)}```\n", "x")
    lines = tuple(RUNNING.split("\n"))
    functions = find_functions(lines)
    found = called_instead(document, file, lines, functions, name, functions[name])
    return found.name if found is not None else None


@pytest.mark.parametrize(
    ("call", "declared", "found"),
    [
        ("go handleGuest(g)", "func handleGuest(g net.Guest) {\n}", "handleGuest"),
        ("handle(g)", "func handle(guest net.Guest) error {\n}", "handle"),  # one after the other
        ("check(g); handle(g)", f"{HANDLE}\n\n{CHECK}", None),  # which of the two?
        ("check(g)\n\t\tgo handle(g)", f"{HANDLE}\n\n{CHECK}", "handle"),  # that which is started
        ("go handle(g) // welcome them", "func handle(g net.Guest)", "handle"),
        ("go handle(g)", "func handle(width, height float64) {\n}", None),  # not alike
        ("go handle(g)", "func other(g net.Guest) {\n}", None),  # it is not shown
        ("go d.handle(g)", "func handle(g net.Guest) {\n}", None),  # of a value
        ("go func(g net.Guest) {", "func handle(g net.Guest) {\n}", None),
        # The name is there, as something else: nobody is to guess beyond that.
        ("go handle(g)", "func handle(g net.Guest) {\n}\n\nfunc welcome(a bool) {\n}", None),
    ],
)
def test_what_the_document_calls_in_its_place(call: str, declared: str, found: str | None) -> None:
    assert instead_of("welcome", call, declared) == found


def test_only_where_the_caller_is_in_the_document_and_of_the_program_itself() -> None:
    handler = ("go handle(g)", "func handle(g net.Guest) {\n}")
    assert instead_of("welcome", *handler) == "handle"
    assert instead_of("welcome", *handler, file="scenarios/x/main.go") == "handle"
    assert instead_of("welcome", *handler, file="net/door.go") is None
    assert instead_of("seat", *handler) is None
    assert instead_of("(*House).greet", *handler) is None
