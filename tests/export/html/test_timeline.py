"""The page's timeline has the screen's bands, incidents and lanes, at one column an event."""

from tests.export.html.conftest import SCENARIOS, WrittenPage, written_page


def test_bands_are_the_stages_of_the_walk(first_connection: WrittenPage) -> None:
    timeline = first_connection.data["timeline"]["en"]
    count = first_connection.data["walk"]["count"]
    assert timeline["columns"] == count
    bands = timeline["bands"]
    names = [band[2] for band in bands]
    assert names.index("sysSocket") < names.index("bind") < names.index("accept")
    assert all(0 <= first < after <= count for first, after, *_ in bands)
    assert [band[:2] for band in bands] == sorted(band[:2] for band in bands)


def test_lanes_are_named_in_the_language(first_connection: WrittenPage) -> None:
    english = first_connection.data["timeline"]["en"]["lanes"]
    chinese = first_connection.data["timeline"]["zh"]["lanes"]
    assert english[0][0] == "g1 main"
    assert [stretches for _, stretches in english] == [stretches for _, stretches in chinese]
    assert [name for name, _ in english] != [name for name, _ in chinese]
    assert all(doing in (1, 2, 3) for _, stretches in english for doing in stretches[2::3])


def test_a_failure_is_marked() -> None:
    page = written_page(SCENARIOS / "bind-fails-late" / "recording.jsonl", source=False)
    assert {glyph for _, glyph, _ in page.data["timeline"]["en"]["incidents"]} & {"✗", "!"}
