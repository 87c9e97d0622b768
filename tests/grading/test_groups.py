"""Groups, teams and hidden names: each member is told by the platform's own number, or a person is asked."""

from pathlib import Path

import pytest
from downloads import NAME
from test_collect import MOODLE_SHEET, collect, collected, put, work  # noqa: F401

from course import UNIT

CANVAS_SHEET = (
    "Student,ID,SIS Login ID,Section,HW (7)\n    Points Possible,,,,12.00\n"
    '"Lee, Kim",1,kim,S,\n"Smith_Jones, Ian",2,ian,S,\n"राव, रमा",3,rama,S,\n'
)
TOGETHER = {
    # groups and hidden names: class list, folders or files, students found, a sentence
    "Canvas, a group": (
        CANVAS_SHEET,
        ["teamone_1_90_{}"],
        ["kim"],
        "by number, but not by name, teamone (1) for kim: groups?",
    ),
    "Canvas, no group": (
        CANVAS_SHEET,
        ["leekim_1_90_{}", "smith_jonesian_2_91_{}", "रावरमा_3_92_{}"],
        ["ian", "kim", "rama"],
        "3 of 3 found.",
    ),
    "Canvas, a mark of a letter is no ornament": (
        "id,first_name,last_name\na,राम,राव\n",
        ["रावरमा_3_92_{}"],
        [],
        "0 of 1 found",
    ),
    "Canvas, names hidden": (
        CANVAS_SHEET,
        ["anon_aB1cd_90_01_{}", "LATE_anon_12345_91_{}"],
        [],
        "not in the roster: anon_aB1cd, anon_12345.\nCanvas keeps the names of anonymous work back",
    ),
    "Canvas, no class list": (
        None,
        ["anon_aB1cd_90_01_{}"],
        ["anon_aB1cd"],
        "No roster: these ids were made: anon_aB1cd.",
    ),
    "GitHub Classroom's own class list": (
        '"identifier","github_username","github_id","name"\n"ada1","ada-l","1","Ada Lovelace"\n'
        '"ben2","bm","2","Ben M"\n',
        [f"{UNIT}-ada-l/{{}}", f"{UNIT}-bm/{{}}"],
        ["ada1", "ben2"],
        "2 of 2 found.",
    ),
    "Moodle, a team": (
        MOODLE_SHEET,
        ["Team 1-Kim Lee_1_assignsubmission_file/{}", "Team 1-Kim Lee_2_assignsubmission_file/{}"],
        ["k@x.org", "l@x.org"],
        "2 of 2 found.",
    ),
    "Moodle, a team, by names": (
        "id,first_name,last_name\na,Kim,Lee\n",
        ["Team 1-Kim Lee_1_assignsubmission_file/{}"],
        [],
        "not in the roster: Team 1-Kim Lee (1).\nThe platform's own file as --roster tells them by their numbers",
    ),
    "Moodle, names hidden": (
        MOODLE_SHEET.replace("Full name,Email address,", "")
        .replace("Kim Lee,k@x.org,", "")
        .replace("Kim Lee,l@x.org,", ""),
        ["Participant_1_assignsubmission_file/{}", "Participant_2_assignsubmission_file/{}"],
        ["1", "2"],
        "2 of 2 found.",
    ),
}


@pytest.mark.parametrize("name", TOGETHER)
def test_groups_and_hidden_names(
    name: str,
    course: Path,
    tmp_path: Path,
    work: bytes,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    people, files, found, sentence = TOGETHER[name]
    (tmp_path / "r.csv").write_text(people or "", encoding="utf-8")
    source = put({file.format(NAME): work for file in files}, tmp_path / "down")
    code = collect(source, course, *(["--roster", tmp_path / "r.csv"] if people else []))
    assert sorted({path.split("/")[0] for path in collected(course)}) == found
    assert sentence in capsys.readouterr().out
    assert code == int(len(found) < len(files) or "groups?" in sentence)
