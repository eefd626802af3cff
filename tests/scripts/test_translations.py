"""The Chinese pages say what the English ones say, and a change of an English page is noticed."""

from pathlib import Path

import pytest
from translations import anchor_of, main, pages, problems, sections

ENGLISH = """\
# Title

[中文](zh/tour.md), [all](scenarios.md#the-end), [web](https://go.dev), [1].

[1]: scenarios.md#one

## Walk

Press `n` and
see `accept 4`: ![a picture](screens/one-80x24.png)

    walkthrough NAME         run it
    walkthrough              home

or

    $ walkthrough progress
    State   done

| a | b |
|---|---|
| 1 | `x` |

```toml
# not a heading
when = "now"   # at once
```
"""
CHINESE = """\
# 标题

[English](../tour.md)、[全部](../scenarios.md#the-end)、[网](https://go.dev)、[1]。

[1]: ../scenarios.md#one

## 走

按 `n`，看 `accept 4`：![图](../screens/one-zh-80x24.png)

    walkthrough NAME         运行
    walkthrough              主页

或者

    $ walkthrough progress
    状态    完成

| 甲 | 乙 |
|---|---|
| 1 | `x` |

```toml
# not a heading
when = "now"  # 立刻
```
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "docs/zh").mkdir(parents=True)
    (tmp_path / "README.md").write_text("# One\n", "utf-8")
    (tmp_path / "README.zh.md").write_text("# 一\n", "utf-8")
    (tmp_path / "docs/tour.md").write_text(ENGLISH, "utf-8")
    (tmp_path / "docs/zh/tour.md").write_text(CHINESE, "utf-8")
    return tmp_path


def found(root: Path) -> list[Path]:
    return [page for page, _ in pages(root)]


def change(root: Path, name: str, old: str, new: str) -> None:
    text = (root / name).read_text("utf-8")
    assert old in text
    (root / name).write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize(("page", "other"), pages(), ids=lambda page: page.name)
def test_every_chinese_page_says_what_the_english_one_says(page: Path, other: Path) -> None:
    assert problems(page, other) == []


def test_the_pages_are_there() -> None:
    names = {page.name for page, _ in pages()}
    assert {"README.zh.md", "tour.md", "scenarios.md", "document.md", "misconceptions.md"} <= names


def test_a_page_is_marked_by_update_and_then_fits(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check"], project) == 1
    assert "docs/zh/tour.md:1: 标题: it does not say what it translates" in capsys.readouterr().out
    assert main(["update", *map(str, found(project))], project) == 0
    marked = (project / "docs/zh/tour.md").read_text("utf-8")
    assert marked.count("<!-- en: ") == 2
    assert marked.replace("\n<!--", "<!--").split("<!--")[0] == "# 标题"
    assert main(["update", *map(str, found(project))], project) == 0
    assert (project / "docs/zh/tour.md").read_text("utf-8") == marked
    said = "docs/zh/tour.md: translated: 标题\ndocs/zh/tour.md: translated: 走\n"
    assert capsys.readouterr().out.endswith(said), "named once, since the second time all fits"
    assert main(["check"], project) == 0
    assert capsys.readouterr().out == ""


def test_update_signs_no_page_that_is_not_named(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["update"], project)
    assert ended.value.code == 2
    assert "name the pages" in capsys.readouterr().err
    assert main(["update", str(project / "docs/zh/tour.md")], project) == 0
    assert "<!-- en: " not in (project / "README.zh.md").read_text("utf-8")


CHANGES = [
    # The page, what is changed, and what is said.
    ("docs/tour.md", "Press `n`", "Hit `n`", ":8: 走: the English text has changed"),
    ("docs/tour.md", "## Walk", "## Go", ":8: 走: the English text has changed"),
    ("docs/tour.md", "## Walk", "## Run\n\n## Walk", ":8: heading 3 of the English page is 'Walk'"),
    ("docs/tour.md", "## Walk", "### Walk", ":8: heading 2 of the English page is 'Walk'"),
    ("docs/zh/tour.md", "## 走", "", ":1: heading 2 of the English page is 'Walk'"),
    ("docs/zh/tour.md", "`n`", "`m`", "a code of the English page is missing: n"),
    ("docs/zh/tour.md", "`n`", "`m`", "a code is not on the English page: m"),
    ("docs/zh/tour.md", "#the-end", "", "missing: docs/scenarios.md#the-end"),
    ("docs/zh/tour.md", "、[1]", "", "a link of the English page is missing: [1]"),
    ("docs/zh/tour.md", "#one", "", "a link is not on the English page: [1]: docs/scenarios.md"),
    ("docs/zh/tour.md", "one-zh", "two-zh", "missing: docs/screens/one-80x24.png"),
    ("docs/zh/tour.md", "walkthrough NAME ", "walkthrough FILE ", "the code differs"),
    (
        "docs/zh/tour.md",
        '"now"',
        '"then"',
        'the code differs from the English page\'s: when = "now"',
    ),
    ("docs/zh/tour.md", "| 1 | `x` |\n", "`x`\n", "it has 2 rows of tables and not 3"),
    ("docs/zh/tour.md", "# 标题", "序\n\n# 标题", "1: a heading has to come first"),
]


@pytest.mark.parametrize(("name", "old", "new", "said"), CHANGES)
def test_what_is_out_of_step_is_named(
    project: Path, name: str, old: str, new: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["update", *map(str, found(project))], project) == 0
    change(project, name, old, new)
    assert main(["check"], project) == 1
    assert said in capsys.readouterr().out


def test_update_leaves_a_page_alone_whose_headings_do_not_fit(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(project, "docs/tour.md", "## Walk", "## Run\n\n## Walk")
    before = (project / "docs/zh/tour.md").read_text("utf-8")
    assert main(["update", *map(str, found(project))], project) == 1
    assert (project / "docs/zh/tour.md").read_text("utf-8") == before
    assert "heading 3" in capsys.readouterr().out


def test_a_link_to_a_chinese_heading_counts_as_one_to_the_english(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "README.md").write_text("# One\n\n[walk](docs/tour.md#walk)\n", "utf-8")
    (project / "README.zh.md").write_text("# 一\n\n[走](docs/zh/tour.md#走)\n", "utf-8")
    assert main(["update", *map(str, found(project))], project) == 0
    assert main(["check"], project) == 0
    change(project, "README.zh.md", "#走", "#标题")
    assert main(["check"], project) == 1
    assert "a link of the English page is missing: docs/tour.md#walk" in capsys.readouterr().out
    change(project, "docs/zh/tour.md", "# 标题", "序\n\n# 标题")
    assert main(["check"], project) == 1
    assert "docs/zh/tour.md" in capsys.readouterr().out


def test_a_link_within_a_page_counts_likewise(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(project, "docs/tour.md", "# Title\n", "# Title\n\n[below](#walk)\n")
    change(project, "docs/zh/tour.md", "[English]", "[下面](#走)、[English]")
    assert main(["update", *map(str, found(project))], project) == 0
    assert main(["check"], project) == 0
    change(project, "docs/zh/tour.md", "(#走)", "(#标题)")
    assert main(["check"], project) == 1
    assert "a link of the English page is missing: docs/tour.md#walk" in capsys.readouterr().out


def test_the_anchor_of_a_heading_has_no_punctuation() -> None:
    assert anchor_of("4. 0.0.0.0 means IPv4 only") == "4-0000-means-ipv4-only"
    assert anchor_of("12. 客户端走了，accept 就会失败") == "12-客户端走了accept-就会失败"


def test_a_page_without_its_other_half_is_named(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "docs/zh/lost.md").write_text("# 丢失\n", "utf-8")
    (project / "README.zh.md").unlink()
    assert main(["check"], project) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "README.zh.md: it is missing"
    assert said[1] == "docs/zh/lost.md: there is no docs/lost.md that it could translate"


def test_a_heading_within_code_is_none() -> None:
    assert [one.heading for one in sections(ENGLISH)] == ["Title", "Walk"]
