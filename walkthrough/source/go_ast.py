"""Records of what Go source declares: functions, types, variables, calls and expressions."""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple


class TypeKind(Enum):
    """What a type is made of; a pointer counts as what it points to."""

    NAMED = "a name"
    STRUCT = "struct"
    INTERFACE = "interface"
    LIST = "slice or array"
    MAP = "map"
    CHANNEL = "channel"
    FUNCTION = "function"
    OTHER = "anything else"


class GoType(NamedTuple):
    """A type as it is written.

    Attributes:
        kind: What it is made of.
        name: Its name, if it is a name.
        package: What the name is qualified with, as the file imports it; "" if it is not.
        of: Elements (of a map the key and the value), what a function returns, or the types that a
            generic type is given.
        fields: Of a struct: the fields that are not embedded.
        embedded: What a struct or an interface embeds.
        methods: Of an interface: its own methods, those that it embeds left out.
    """

    kind: TypeKind
    name: str = ""
    package: str = ""
    of: "tuple[GoType, ...]" = ()
    fields: "Mapping[str, GoType]" = MappingProxyType({})
    embedded: "tuple[GoType, ...]" = ()
    methods: "Mapping[str, GoMethod]" = MappingProxyType({})


class GoMethod(NamedTuple):
    """A method of an interface.

    Attributes:
        line: Where it is declared, from 1.
        results: The types of what it returns.
    """

    line: int
    results: tuple[GoType, ...]


class GoFunction(NamedTuple):
    """A function or method that a file declares.

    Attributes:
        name: Its bare name.
        receiver: The type that it is a method of, "" for a function.
        pointer: Whether the receiver is a pointer.
        first: The line of its declaration, from 1.
        last: The line of its closing brace, 0 if it has none.
        results: The types of what it returns.
    """

    name: str
    receiver: str
    pointer: bool
    first: int
    last: int
    results: tuple[GoType, ...]

    @property
    def local(self) -> str:
        """Its name as Go prints it, without the package: ``socket``, ``(*netFD).accept``."""
        if not self.receiver:
            return self.name
        return f"(*{self.receiver}).{self.name}" if self.pointer else f"{self.receiver}.{self.name}"


class GoVariable(NamedTuple):
    """A variable of a package.

    Attributes:
        line: Where it is declared.
        type: Its type, None if only its value tells.
        value: The expression that it is set to, "" for none.
        at: Which of the results of ``value`` it is set to, from 0.
    """

    line: int
    type: GoType | None
    value: str
    at: int


class GoFile(NamedTuple):
    """What a file declares.

    Attributes:
        functions: Functions and methods, in order.
        types: Types by name.
        variables: Variables of the package by name.
        imports: The packages that it imports, by the names they have here.
        dot_imports: The packages whose names it imports without a qualifier: ``import . "net"``.
        links: What ``//go:linkname`` says that a function is linked to, by its bare name.
    """

    functions: list[GoFunction]
    types: dict[str, GoType]
    variables: dict[str, GoVariable]
    imports: dict[str, str]
    dot_imports: list[str]
    links: dict[str, str]

    @classmethod
    def empty(cls) -> "GoFile":
        """Return a file that declares nothing."""
        return cls([], {}, {}, {}, [], {})


class TypedExpression(NamedTuple):
    """An expression whose type is written: in the expression or at its variable's declaration."""

    type: GoType


class Identifier(NamedTuple):
    """A name that is not declared in the function: the package's, an import's, or predeclared."""

    name: str


class Selector(NamedTuple):
    """A field or method of an expression, or a name of an imported package."""

    of: "Expression"
    name: str


class CallResult(NamedTuple):
    """A result of a call, by its index ``at``; or the value of a conversion."""

    of: "Expression"
    at: int


class Element(NamedTuple):
    """A part of a collection: ``at`` is 0 for the first variable of a range, 1 for an element."""

    of: "Expression"
    at: int


Expression = TypedExpression | Identifier | Selector | CallResult | Element
"""What one function alone tells about an expression."""


class GoCall(NamedTuple):
    """A call.

    Attributes:
        line: The line of the called name, from 1 in the text that was parsed.
        name: The called name: ``Accept`` in ``fd.pfd.Accept()``.
        of: What the name is selected from; for a plain name, what that refers to. None if unknown.
        plain: Whether the name is a plain one, without a package or receiver.
        started: Whether the call starts a goroutine.
    """

    line: int
    name: str
    of: Expression | None
    plain: bool
    started: bool
