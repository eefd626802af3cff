"""The published schema is the model's, and what is written is valid under it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.strategies import EVENTS, KINDS
from walkthrough.formatting.json_schema import canonical
from walkthrough.model.events import FORMAT, AnyEvent, Event, Header, ProcessStarted, TracedProgram
from walkthrough.model.stages import Stage
from walkthrough.recording.schema import document, schema

ROOT = Path(__file__).parents[2]
RECORDINGS = sorted(ROOT.glob("scenarios/*/recording.jsonl"))
VALIDATOR: Any = jsonschema.Draft202012Validator(schema())
OF_TYPE: dict[str, Any] = {
    tag: VALIDATOR.evolve(schema=kind)
    for kind in schema()["anyOf"]
    for tag in schema()["$defs"][kind["$ref"].rpartition("/")[2]]["properties"]["type"]["enum"]
}
"""What a line of each type must be: one of those that the schema lists, and what is valid under it
is so under the schema. To be asked all in turn costs most lines all the mistakes of a dozen others.
"""


def line_of(record: Header | AnyEvent) -> Any:
    return json.loads(msgspec.json.encode(record))


ABOUT_TYPES = {"type", "properties", "required", "items", "additionalProperties", "anyOf", "$ref"}
"""Keywords that ask what kind of value something is, never which number or text it is."""
SAYS = {"title", "description", "default", "contentEncoding", "$schema", "$defs"}
"""Keywords that ask nothing."""
_valid: set[str] = set()
"""The shapes of lines that have been found valid."""


def subschemas(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a schema and all that are within it."""
    yield part
    within = [*part.get("properties", {}).values(), *part.get("$defs", {}).values()]
    within += part.get("anyOf", [])
    within += [part[key] for key in ("items", "additionalProperties") if key in part]
    for one in within:
        if isinstance(one, dict):
            yield from subschemas(one)


WORDS = {word for part in subschemas(schema()) for word in part.get("enum", ())}


def shape_of(value: Any) -> Any:
    """Return a value with all that the schema does not look at left out of it."""
    match value:
        case dict():
            return {key: shape_of(each) for key, each in value.items()}
        case list():
            return [shape_of(each) for each in value]
        case str():
            return value if value in WORDS else ""
        case bool() | None:
            return value
        case int():
            return 0
    return value


def test_published_schema_is_up_to_date() -> None:
    published = json.loads((ROOT / "docs" / "recording.schema.json").read_text(encoding="utf-8"))
    assert canonical(published) == canonical(json.loads(document())), "write it again: make schema"


def test_every_kind_and_every_common_key_is_described() -> None:
    for name, definition in schema()["$defs"].items():
        assert definition["description"], name
    common = {field.name for field in msgspec.structs.fields(Event)}
    described = schema()["$defs"]["CallEntered"]["properties"]
    assert common == {key for key in common if described[key].get("description")}


def test_the_explanation_leaves_nothing_out() -> None:
    explained = (ROOT / "docs" / "recording-format.md").read_text(encoding="utf-8")
    assert f"Version **{FORMAT}**" in explained
    for name, definition in schema()["$defs"].items():
        tags = definition.get("properties", {})
        for found in tags.get("type", {}).get("enum", []) + tags.get("kind", {}).get("enum", []):
            assert f"`{found}`" in explained or found == "header", f"{name} is not explained"
    kinds = (Event, Header, ProcessStarted, TracedProgram)
    for field in (field for kind in kinds for field in msgspec.structs.fields(kind)):
        assert f"`{field.name}`" in explained, f"{field.name} is not explained"
    assert all(f"`{stage}`" in explained for stage in Stage)


def test_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


def test_every_kind_of_event_is_tried() -> None:
    assert set(KINDS) == set(AnyEvent.__args__)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_events_are_valid(kind: type[Event], data: st.DataObject) -> None:
    event = data.draw(EVENTS[kind])
    written = line_of(event)
    OF_TYPE[written["type"]].validate(written)
    assert written["type"] == msgspec.inspect.type_info(kind).tag  # type: ignore[attr-defined]


def test_a_traced_program_is_described_in_the_header() -> None:
    program = TracedProgram(path="/usr/sbin/nginx", origin="attached", attached=(7, 8), only="all")
    written = line_of(Header(server="program", pid=7, program=program))
    VALIDATOR.validate(written)
    assert msgspec.convert(written, Header).program == program
    assert "program" not in line_of(Header(server="go"))


def test_header_is_valid_and_names_its_format() -> None:
    written = line_of(Header(server="go", command=("server",)))
    VALIDATOR.validate(written)
    assert written["format"] == 1


@pytest.mark.parametrize(
    "line",
    [
        {},
        {"type": "call_entered", "seq": 0, "time_ns": 0},
        {"type": "call_entered", "seq": "0", "time_ns": 0, "call": "x"},
        {"type": "unheard_of", "seq": 0, "time_ns": 0},
        {"type": "signal_delivered", "seq": 0, "time_ns": 0, "signal": "SIGURG"},
        {"type": "thread_started", "seq": 0, "time_ns": 0, "stage": "lunch"},
    ],
)
def test_what_is_no_line_is_not_valid(line: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(line)


def test_the_schema_tells_lines_apart_by_their_shape() -> None:
    for part in subschemas(schema()):
        assert set(part) <= ABOUT_TYPES | SAYS | {"enum"}
    assert all(isinstance(word, str) for word in WORDS)
    assert "" not in WORDS


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.parent.name)
def test_recordings_of_scenarios_are_valid(path: Path) -> None:
    with path.open(encoding="utf-8") as file:
        for number, text in enumerate(file, 1):
            line = json.loads(text)
            shape = json.dumps(shape_of(line), sort_keys=True)
            if shape not in _valid:
                error = jsonschema.exceptions.best_match(OF_TYPE[line["type"]].iter_errors(line))
                assert error is None, f"{path}:{number}: {error}"
                _valid.add(shape)
