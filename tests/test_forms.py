"""The forge's issue forms, held against what it documents; it would ignore a wrong one silently."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).parent.parent / ".github" / "ISSUE_TEMPLATE"
FORMS = sorted(path for path in FOLDER.glob("*.yml") if path.name != "config.yml")
ATTRIBUTES = {
    "markdown": ({"value"}, set()),
    "textarea": ({"label"}, {"description", "placeholder", "value", "render"}),
    "input": ({"label"}, {"description", "placeholder", "value"}),
    "dropdown": ({"label", "options"}, {"description", "multiple", "default"}),
    "checkboxes": ({"label", "options"}, {"description"}),
}
"""Of each kind of field: the attributes that it must have, and those that it may have."""


def form(path: Path) -> dict[str, Any]:
    read = yaml.safe_load(path.read_text("utf-8"))
    assert isinstance(read, dict)
    return read


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_has_what_the_forge_asks_for(path: Path) -> None:
    read = form(path)
    assert {"name", "description", "body"} <= read.keys()
    assert read.keys() <= {"name", "description", "body", "title", "labels", "assignees"}
    assert all(isinstance(read[key], str) and read[key] for key in ("name", "description"))
    fields = [field for field in read["body"] if field["type"] != "markdown"]
    assert fields
    for unique in ([f["id"] for f in fields], [f["attributes"]["label"] for f in fields]):
        assert len(set(unique)) == len(unique)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_each_field_has_the_attributes_of_its_kind(path: Path) -> None:
    for field in form(path)["body"]:
        must, may = ATTRIBUTES[field["type"]]
        attributes = field["attributes"]
        assert must <= attributes.keys() <= must | may, field
        assert all(isinstance(attributes[key], str) for key in attributes.keys() - {"options"})
        if field["type"] == "markdown":
            assert field.keys() == {"type", "attributes"}
            continue
        assert field.keys() <= {"type", "attributes", "id", "validations"}, field
        assert re.fullmatch(r"[\w-]+", field["id"])
        assert field.get("validations", {}).keys() <= {"required"}
        if field["type"] == "dropdown":
            assert len(set(attributes["options"])) == len(attributes["options"]) > 0
        elif field["type"] == "checkboxes":
            for option in attributes["options"]:
                assert {"label"} <= option.keys() <= {"label", "required"}


def test_forms_have_names_of_their_own() -> None:
    names = [form(path)["name"] for path in FORMS]
    assert len(set(names)) == len(names) == 3


def test_the_choice_of_forms_has_keys_that_the_forge_knows() -> None:
    config = form(FOLDER / "config.yml")
    assert config.keys() <= {"blank_issues_enabled", "contact_links"}


@pytest.mark.parametrize("name", ["1-fault.yml", "2-trace.yml"])
def test_whoever_reports_is_asked_for_what_doctor_says(name: str) -> None:
    fields = {each.get("id"): each for each in form(FOLDER / name)["body"]}
    assert "walkthrough doctor" in fields["doctor"]["attributes"]["label"]
    assert fields["doctor"]["validations"] == {"required": True}


def test_whoever_sends_a_trace_is_told_what_is_in_it() -> None:
    fields = {each["id"]: each for each in form(FOLDER / "2-trace.yml")["body"]}
    assert "--no-payload" in fields["attached"]["attributes"]["description"]
