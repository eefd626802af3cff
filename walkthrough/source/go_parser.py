"""Parses Go with tree-sitter into syntax trees, and reads the types in them.

The only module that knows tree-sitter, which is imported when something is parsed first.
"""

import re
from functools import cache
from typing import TYPE_CHECKING

from walkthrough.source.go_ast import GoMethod, GoType, TypeKind

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Parser, Query

CHUNK = 1 << 16
"""Characters that are parsed at once: in the worst case that takes about a second."""
_DEEPEST = 20
"""So deep a type is read: a slice of maps of functions that return slices …"""
# Since Go 1.27 a method may have type parameters, which the grammar does not know yet.
_GENERIC_METHOD = re.compile(r"^(func \([^()\n]*\) \w+)(\[[^\n]*?\])(?=\()", re.MULTILINE)


def parse_fragment(text: str) -> "Node | None":
    """Return the syntax tree of a function or of any other piece, None if that is too long.

    Rows are counted from 0 at its beginning, columns in bytes of UTF-8.
    """
    return parse_text(text) if len(text) <= CHUNK else None


def query(pattern: str, root: "Node") -> "list[Node]":
    """Return the nodes of a tree that a tree-sitter query captures, in no order."""
    from tree_sitter import QueryCursor

    return [
        node for nodes in QueryCursor(_query(pattern)).captures(root).values() for node in nodes
    ]


def text_of(node: "Node | None") -> str:
    """Return the source text of a node, "" for none."""
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""


def type_of(node: "Node | None", before: int = 0, depth: int = 0) -> GoType:
    """Read a type.

    Args:
        node: The type in a syntax tree.
        before: How many lines the file has before the text of that tree.
        depth: How deep the type is in another one.
    """
    if node is None or depth > _DEEPEST:
        return GoType(TypeKind.OTHER)

    def inner(field: str) -> GoType:
        return type_of(node.child_by_field_name(field), before, depth + 1)

    match node.type:
        case "type_identifier" | "identifier":
            return GoType(TypeKind.NAMED, text_of(node))
        case "qualified_type":
            package, name = map(node.child_by_field_name, ("package", "name"))
            return GoType(TypeKind.NAMED, text_of(name), text_of(package))
        case "generic_type":
            arguments = node.child_by_field_name("type_arguments")
            given = arguments.named_children if arguments is not None else []
            of = tuple(type_of(each, before, depth + 1) for each in given)
            return inner("type")._replace(of=of)
        case "pointer_type" | "parenthesized_type" | "type_elem" if node.named_child_count == 1:
            return type_of(node.named_child(0), before, depth + 1)
        case "slice_type" | "array_type" | "implicit_length_array_type":
            return GoType(TypeKind.LIST, of=(inner("element"),))
        case "map_type":
            return GoType(TypeKind.MAP, of=(inner("key"), inner("value")))
        case "channel_type":
            return GoType(TypeKind.CHANNEL, of=(inner("value"),))
        case "function_type":
            return GoType(TypeKind.FUNCTION, of=results_of(node, before, depth))
        case "struct_type":
            return _struct(node, before, depth)
        case "interface_type":
            return _interface(node, before, depth)
    return GoType(TypeKind.OTHER)


def results_of(node: "Node", before: int = 0, depth: int = 0) -> tuple[GoType, ...]:
    """Return the types of what a function returns, by its declaration, its type or its literal."""
    result = node.child_by_field_name("result")
    if result is None:
        return ()
    if result.type != "parameter_list":
        return (type_of(result, before, depth + 1),)
    found: list[GoType] = []
    for each in result.named_children:
        kind = type_of(each.child_by_field_name("type"), before, depth + 1)
        found += [kind] * max(1, len(each.children_by_field_name("name")))
    return tuple(found)


def _struct(node: "Node", before: int, depth: int) -> GoType:
    fields: dict[str, GoType] = {}
    embedded: list[GoType] = []
    for each in (one for inside in node.named_children for one in inside.named_children):
        if each.type != "field_declaration":
            continue
        kind = type_of(each.child_by_field_name("type"), before, depth + 1)
        names = each.children_by_field_name("name")
        fields.update((text_of(name), kind) for name in names)
        embedded += [] if names else [kind]
    return GoType(TypeKind.STRUCT, fields=fields, embedded=tuple(embedded))


def _interface(node: "Node", before: int, depth: int) -> GoType:
    methods: dict[str, GoMethod] = {}
    embedded: list[GoType] = []
    for each in node.named_children:
        if each.type == "method_elem":
            line = before + each.start_point.row + 1
            name = text_of(each.child_by_field_name("name"))
            methods[name] = GoMethod(line, results_of(each, before, depth))
        elif each.type == "type_elem":
            embedded.append(type_of(each, before, depth + 1))
    return GoType(TypeKind.INTERFACE, embedded=tuple(embedded), methods=methods)


def parse_text(text: str) -> "Node":
    """Return the syntax tree of a text of at most `CHUNK` characters, whatever is in it."""
    text = _GENERIC_METHOD.sub(lambda found: found[1] + " " * len(found[2]), text)
    # The grammar needs the end of a line to see the end of a statement.
    return _parser().parse(f"{text}\n".encode("utf-8", "replace")).root_node


@cache
def _language() -> "Language":
    import tree_sitter_go
    from tree_sitter import Language

    return Language(tree_sitter_go.language())


@cache
def _parser() -> "Parser":
    from tree_sitter import Parser

    return Parser(_language())


@cache
def _query(pattern: str) -> "Query":
    from tree_sitter import Query

    return Query(_language(), pattern)
