"""Two keys at one go, in every kind of mode: Escape and ? still answer.

All pairs of all keys are pressed by ``scripts/random_keys.py pairs``; here are those that open a
line or a box, go on, and close again.
"""

import pytest
from key_runs import pairs, pilot

OPENING = ("n", "m", "/", "ctrl+p", "space", "escape")
PAIRS = [(first, second) for first in OPENING for second in OPENING]
MODES = (
    *(pairs.Mode("live", keys) for keys in ((), ("p",), ("p", "space"), ("m",), ("/",), ("y",))),
    *(pairs.Mode("replay", keys) for keys in (("p", "space"), ("M",), ("F",), ("?",), ("P",))),
    *(pairs.Mode("home", keys) for keys in ((), ("/",), ("o",))),
)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
async def test_every_pair_of_keys_leaves_a_screen_that_answers(
    mode: pairs.Mode, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setattr(pilot, "_PATIENCE", 60.0)
    assert await pairs.press(mode, PAIRS) == []


def test_there_is_every_key_and_every_mode_once() -> None:
    keys = pairs.every_key()
    assert len(set(keys)) == len(keys) > 60
    assert len(set(pairs.MODES)) == len(pairs.MODES)
    assert len(pairs.units()) == len(keys) * len(pairs.MODES)
