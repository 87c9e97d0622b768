"""Times of Moodle's worksheet in the languages that staff have, read where one meaning is left, else a person's."""

from datetime import datetime

import pytest

from dltools.grading.book.dates import read_times

SAME = {
    # as langconfig.php of Moodle's language packs writes the same minute (strftimedaydatetime), and usual other forms
    "English": "Sunday, 31 January 2027, 11:59 PM",
    "American": "Sunday, January 31, 2027, 11:59 PM",
    "German": "Sonntag, 31. Januar 2027, 23:59",
    "French": "dimanche 31 janvier 2027, 23:59",
    "French, spoken": "dimanche 31 janvier 2027 à 23h59",
    "Spanish": "domingo, 31 de enero de 2027, 23:59",
    "Catalan": "diumenge, 31 de gener 2027, 23:59",
    "Italian": "domenica, 31 gennaio 2027, 23:59",
    "Portuguese": "domingo, 31 de janeiro de 2027 às 23:59",
    "Brazilian": "domingo, 31 jan. 2027, 23:59",
    "Dutch": "zondag, 31 januari 2027, 23:59",
    "Danish": "søndag den 31. januar 2027 kl. 23.59",
    "Swedish": "söndag, 31 januari 2027, 11:59 em",
    "Polish": "niedziela, 31 stycznia 2027, 23:59",
    "Czech": "neděle, 31. ledna 2027, 23.59",
    "Croatian": "nedjelja, 31. siječnja 2027., 23:59",
    "Hungarian": "2027. január 31., vasárnap, 23:59",
    "Russian": "воскресенье, 31 января 2027, 23:59",
    "Ukrainian": "неділя 31 січня 2027 23:59",
    "Greek": "Κυριακή, 31 Ιανουαρίου 2027, 11:59 μμ",
    "Turkish": "31 Ocak 2027, Pazar, 23:59",
    "Arabic": "الأحد، 31 يناير 2027، 11:59 م",
    "Hebrew": "יום ראשון, 31 ינואר 2027, 23:59",
    "Japanese": "2027年 01月 31日(日曜日) 23:59",
    "Chinese": "2027年01月31日 星期日 23:59",
    "Korean": "2027년 1월 31일 일요일 오후 11:59",
    "Vietnamese": "Chủ nhật, 31 tháng 1 2027, 23:59",
    "ISO 8601": "2027-01-31 23:59",
    "numbers": "31/01/2027, 23:59",
    "numbers with full stops": "31.01.2027 23:59:00",
}


@pytest.mark.parametrize("language", SAME)
def test_one_minute_in_many_languages(language: str) -> None:
    assert read_times([SAME[language]]) == [datetime(2027, 1, 31, 23, 59)]


COLUMNS = {
    # what one text leaves open another one, or the day of the week, may settle
    "day or month": (["05/01/2027, 23:59"], None),
    "day first, by another line": (["05/01/2027, 23:59", "31/01/2027, 09:30"], [(1, 5, 23, 59), (1, 31, 9, 30)]),
    "November in Poland": (["środa, 11 listopada 2026, 10:00"], [(11, 11, 10, 0)]),
    "October in Croatia": (["srijeda, 14. listopada 2026., 10:00"], [(10, 14, 10, 0)]),
    "November or October": (["14. listopada 2026, 10:00"], None),
    "another day of the week": (["Montag, 31. Januar 2027, 23:59"], None),
    "no language": (["Someday, 31 January 2027, 23:59"], None),
    "two languages": (["Sonntag, 31. Januar 2027, 23:59", "dimanche 31 janvier 2027, 23:59"], None),
    "a year of two digits": (["31/01/27, 23:59"], None),
    "a calendar of another era": (["อาทิตย์, 31 มกราคม 2570, 23:59"], None),
    "no time of day": (["31 January 2027"], None),
    "no such day": (["30 February 2027, 10:00"], None),
    "half a clock": ([f"{day} januari 2027, 11:59" for day in range(1, 8)], None),
    "half a clock, said": (
        [f"{day} January 2027, 11:59 AM" for day in range(1, 8)],
        [(1, d, 11, 59) for d in range(1, 8)],
    ),
    "noon and midnight": (["1 January 2027, 12:05 AM", "1 January 2027, 12:05 PM"], [(1, 1, 0, 5), (1, 1, 12, 5)]),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_has_one_meaning_or_none(name: str) -> None:
    texts, wanted = COLUMNS[name]
    year = 2026 if "2026" in texts[0] else 2027
    assert read_times(texts) == (wanted and [datetime(year, *parts) for parts in wanted])
