"""A program's own functions have other names in a document: they are found by who calls them."""

import pytest

from walkthrough.source.document import parse
from walkthrough.source.function_matching import called_instead
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
