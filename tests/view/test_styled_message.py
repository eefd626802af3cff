"""A message in pieces: the language orders them, and each field keeps its kind."""

from walkthrough.i18n.catalogue import catalogue
from walkthrough.i18n.messages import message
from walkthrough.view.styled_message import styled
from walkthrough.view.text import Piece

EN, ZH = catalogue("en"), catalogue("zh")


def test_words_and_fields_stand_where_the_language_has_them() -> None:
    said = message("{step} changed nothing (view: event {number})", number=7)
    step = Piece("STEP", "heading")
    assert styled(EN, said, "dim", step=step) == (
        step,
        Piece(" changed nothing (view: event 7)", "dim"),
    )
    chinese = styled(ZH, said, "dim", step=step)
    assert chinese[0] == step
    assert "7" in chinese[1].text


def test_a_field_may_be_of_several_pieces_and_an_empty_one_leaves_none() -> None:
    turned = (Piece("0", "dim"), Piece(" → ", "changed"), Piece("1", "strong"))
    said = message("{socket} accept queue {change}")
    socket = Piece("", "key")
    assert styled(EN, said, socket=socket, change=turned) == (Piece(" accept queue "), *turned)
