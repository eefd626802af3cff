"""Reads a Go function, or a part of one: its calls, and the types of its variables.

A variable is followed to its declaration within the text; names of packages are left to
`walkthrough.source.type_resolver`.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from walkthrough.source.go_ast import (
    CallResult,
    Element,
    Expression,
    GoCall,
    GoType,
    Identifier,
    Selector,
    TypedExpression,
    TypeKind,
)
from walkthrough.source.go_parser import parse_fragment, query, results_of, text_of, type_of

if TYPE_CHECKING:
    from tree_sitter import Node

_CALLS = "(call_expression) @call (type_conversion_expression type: (generic_type)) @call"
_DEEPEST = 50
"""How many expressions and variables are followed, each of which depends on the next one."""
_OUTERMOST = 500
"""How many blocks around a name are looked through for its declaration."""
_MOST_CALLS = 100
"""How many calls of one line are looked at."""
_SAME = ("&", "*")
_FUNCTIONS = ("function_declaration", "method_declaration", "func_literal")


class GoCode:
    """The syntax tree of a function or of a piece of one.

    Args:
        lines: Its lines.
    """

    def __init__(self, lines: tuple[str, ...]) -> None:
        root = parse_fragment("\n".join(lines))
        self._calls: dict[int, list[tuple[Node, Node]]] = {}
        for call in query(_CALLS, root) if root is not None else ():
            name = _called(call)
            handed = _handed(call, name)
            for each in (name, handed):
                if each is not None:
                    line = each.start_point.row + 1
                    whole = call if each is name else each
                    self._calls.setdefault(line, []).append((each, whole))

    def names(self, line: int) -> list[str]:
        """Return the names that a line calls, in order; from 1."""
        return [text_of(name) for name, _ in self._on(line)]

    def calls(self, line: int) -> list[GoCall]:
        """Return the calls of a line, in order; from 1."""
        return [
            GoCall(
                line,
                text_of(name),
                _expression(_operand(name) or name),
                plain=_operand(name) is None,
                started=call.parent is not None and call.parent.type == "go_statement",
            )
            for name, call in self._on(line)
        ]

    def _on(self, line: int) -> "list[tuple[Node, Node]]":
        return sorted(self._calls.get(line, ()), key=_outermost_first)[:_MOST_CALLS]


@lru_cache(maxsize=128)
def read_code(lines: tuple[str, ...]) -> GoCode:
    """Parse the lines of a function, or of a piece of one."""
    return GoCode(lines)


@lru_cache(maxsize=128)
def read_value(text: str) -> Expression | None:
    """Return what is known of an expression that a package's variable is set to."""
    root = parse_fragment(f"var _ = {text}")
    spec = root.named_child(0) if root is not None and root.named_child_count else None
    spec = spec.named_child(0) if spec is not None and spec.type == "var_declaration" else None
    value = spec.child_by_field_name("value") if spec is not None else None
    return (
        _expression(value.named_child(0)) if value is not None and value.named_child_count else None
    )


def _outermost_first(called: "tuple[Node, Node]") -> tuple[int, int]:
    """Order calls by where they begin: of ``a.b().c(d())`` these are c, b and d."""
    _, call = called
    return call.start_byte, -call.end_byte


def _called(call: "Node") -> "Node | None":
    """Return the node of the called name, None if what is called has no name."""
    node = call.child_by_field_name("function") or call.child_by_field_name("type")
    while node is not None:
        match node.type:
            case "identifier" | "type_identifier":
                return node
            case "selector_expression":
                return node.child_by_field_name("field")
            case "qualified_type":
                return node.child_by_field_name("name")
            case "generic_type" | "type_instantiation_expression":
                node = node.child_by_field_name("type")
            case "index_expression":
                node = node.child_by_field_name("operand")
            case _:
                return None
    return None


def _handed(call: "Node", name: "Node | None") -> "Node | None":
    """Return the function that is passed to ``Do`` of a sync.Once, which may call it."""
    arguments = call.child_by_field_name("arguments")
    if name is None or text_of(name) != "Do" or arguments is None:
        return None
    only = arguments.named_child(0) if arguments.named_child_count == 1 else None
    if only is not None and only.type == "selector_expression":
        return only.child_by_field_name("field")
    return only if only is not None and only.type == "identifier" else None


def _operand(name: "Node") -> "Node | None":
    """Return the package or receiver in front of a called name, None if it is plain."""
    around = name.parent
    if around is None or name.type not in ("field_identifier", "type_identifier"):
        return None
    if around.type == "qualified_type":
        return around.child_by_field_name("package")
    return around.child_by_field_name("operand") if around.type == "selector_expression" else None


def _expression(node: "Node | None", depth: int = 0) -> Expression | None:
    """Return what is known of an expression."""
    if node is None or depth > _DEEPEST:
        return None

    def inner(field: str) -> Expression | None:
        return _expression(node.child_by_field_name(field), depth + 1)

    match node.type:
        case "identifier" | "package_identifier" | "type_identifier":
            return _variable(node, depth)
        case "selector_expression":
            of = inner("operand")
            return Selector(of, text_of(node.child_by_field_name("field"))) if of else None
        case "call_expression":
            return _result(node, depth)
        case "type_conversion_expression":
            of = _generic(node.child_by_field_name("type"))
            return (
                CallResult(of, 0)
                if of
                else TypedExpression(type_of(node.child_by_field_name("type")))
            )
        case "index_expression":
            of = inner("operand")
            return Element(of, 1) if of else None
        case "slice_expression":
            return inner("operand")
        case "type_assertion_expression" | "composite_literal":
            return TypedExpression(type_of(node.child_by_field_name("type")))
        case "unary_expression":
            of = inner("operand")
            operator = text_of(node.child_by_field_name("operator"))
            if operator == "<-" and of:
                return Element(of, 0)
            return of if operator in _SAME else None
        case "parenthesized_expression":
            return _expression(node.named_child(0), depth + 1) if node.named_child_count else None
        case "func_literal":
            return TypedExpression(GoType(TypeKind.FUNCTION, of=results_of(node)))
    return None


def _result(call: "Node", depth: int) -> Expression | None:
    """Return what is known of a call or of a conversion."""
    function = call.child_by_field_name("function")
    arguments = call.child_by_field_name("arguments")
    first = (
        arguments.named_child(0) if arguments is not None and arguments.named_child_count else None
    )
    match text_of(function):
        case "new" | "make":
            return TypedExpression(type_of(first))
        case "append":
            return _expression(first, depth + 1)
    if function is not None and function.type == "index_expression":
        # If it is not a local variable, the index is a generic function's type argument.
        of = _expression(function.child_by_field_name("operand"), depth + 1)
        return CallResult(of, 0) if isinstance(of, Identifier | Selector) else None
    of = _expression(function, depth + 1)
    return CallResult(of, 0) if of else None


def _generic(node: "Node | None") -> Expression | None:
    """Return the name of a generic function that is called with its type arguments."""
    if node is None or node.type != "generic_type":
        return None
    written = type_of(node)
    return (
        Selector(Identifier(written.package), written.name)
        if written.package
        else Identifier(written.name)
    )


def _variable(name: "Node", depth: int) -> Expression | None:
    """Return what is known of a name by its declaration, the nearest above it."""
    wanted = text_of(name)
    node = name
    for _ in range(_OUTERMOST):
        around = node.parent
        if around is None:
            break
        earlier = [each for each in around.named_children if each.start_byte < node.start_byte]
        for each in reversed(earlier):
            for declared, value in _declared(each, node, around):
                if text_of(declared) == wanted:
                    return value(depth + 1)
        node = around
    return Identifier(wanted)


_Value = Callable[[int], Expression | None]


def _declared(node: "Node", inside: "Node", around: "Node") -> "Iterator[tuple[Node, _Value]]":
    """Yield the variables that a node declares, and functions that tell what they are set to.

    Args:
        node: A statement, or a part of one.
        inside: The later node, with the same parent, in which a variable is used.
        around: The parent of both.
    """
    match node.type:
        case "short_var_declaration" | "receive_statement":
            yield from _assigned(_listed(node, "left"), _listed(node, "right"))
        case "var_declaration":
            groups = [each for each in node.named_children if each.type == "var_spec_list"]
            for spec in (groups[0] if groups else node).named_children:
                names = spec.children_by_field_name("name")
                written = spec.child_by_field_name("type")
                if written is not None:
                    yield from ((name, _typed(type_of(written))) for name in names)
                else:
                    yield from _assigned(names, _listed(spec, "value"))
        case "range_clause":
            over = node.child_by_field_name("right")
            for at, name in enumerate(_listed(node, "left")):
                yield name, _element(over, at)
        case "for_clause":
            begins = node.child_by_field_name("initializer")
            if begins is not None:
                yield from _declared(begins, inside, node)
        case "parameter_list" if around.type in _FUNCTIONS:
            for each in node.named_children:
                kind = type_of(each.child_by_field_name("type"))
                if each.type == "variadic_parameter_declaration":
                    kind = GoType(TypeKind.LIST, of=(kind,))
                for name in each.children_by_field_name("name"):
                    yield name, _typed(kind)
        case "expression_list" if around.type == "type_switch_statement":
            types = inside.children_by_field_name("type")
            over = around.child_by_field_name("value")
            for name in node.named_children:
                # In a case of several types the variable keeps the type of the value.
                one = _typed(type_of(types[0])) if len(types) == 1 else _whole(over)
                yield name, one


def _listed(node: "Node", field: str) -> "list[Node]":
    """Return the names or values of a field, which may be one or a list."""
    listed = node.child_by_field_name(field)
    if listed is None:
        return []
    return listed.named_children if listed.type == "expression_list" else [listed]


def _assigned(names: "list[Node]", values: "list[Node]") -> "Iterator[tuple[Node, _Value]]":
    for at, name in enumerate(names):
        if len(values) == len(names):
            yield name, _whole(values[at])
        elif len(values) == 1:
            yield name, _part(values[0], at)


def _typed(written: GoType) -> _Value:
    return lambda depth: TypedExpression(written)


def _whole(value: "Node | None") -> _Value:
    return lambda depth: _expression(value, depth)


def _part(value: "Node", at: int) -> _Value:
    """Return a function that tells one of several results; the ``ok`` of an assertion has none."""

    def part(depth: int) -> Expression | None:
        of = _expression(value, depth)
        if isinstance(of, CallResult):
            return of._replace(at=at)
        return of if at == 0 else None

    return part


def _element(over: "Node | None", at: int) -> _Value:
    def part(depth: int) -> Expression | None:
        of = _expression(over, depth)
        return Element(of, at) if of is not None else None

    return part
