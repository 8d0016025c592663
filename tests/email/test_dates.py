"""The dates that clients write above another's mail, in their languages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from connectors.email.dates import month_of, read_date

WRITTEN = [
    "On Tue, 3 Feb 2026 at 10:15",
    "Tuesday, February 3, 2026 10:15 AM",
    "Feb 3, 2026, 10:15",
    "2/3/2026 10:15:00 AM",
    "03/02/2026 10:15",
    "03.02.26 10:15",
    "2026-02-03 10:15",
    "otrdiena, 2026. gada 3. februāris 10:15",
    "otrd., 2026. g. 3. febr., plkst. 10:15",
    "wtorek, 3 lutego 2026 10:15",
    "wt., 3 lut 2026 o 10:15",
    "terça-feira, 3 de fevereiro de 2026 às 10:15",
    "вторник, 3 февраля 2026 г. в 10:15",
    "вт, 3 лют. 2026 р. о 10:15",
    "3 fevral 2026-cı il, 10:15",
    "3 Şub 2026 Sal, 10:15",
    "Am Dienstag, den 03.02.2026 um 10:15 Uhr",
    "mar. 3 févr. 2026 à 10h15",
    "El mar, 3 feb 2026 a las 10:15",
    "mar 3 feb 2026 alle ore 10:15",
    "2026 m. vasario 3 d., antradienis 10:15",
    "teisip, 3. veebruar 2026 10:15",
    "ti 3. helmik. 2026 klo 10.15",
    "2026年2月3日(火) 10:15",
    "út 3. 2. 2026 v 10:15",
    "2026. február 3., kedd 10:15",
    "вторник, 3 февруари 2026 г. 10:15",
    "Τρίτη, 3 Φεβρουαρίου 2026 10:15 πμ",
    "יום שלישי 3 בפברואר 2026 10:15",
    "الثلاثاء، 3 فبراير، 2026 10:15 ص",
    "3 فوریه 2026، 10:15",
    "2026年2月3日(星期二) 上午10:15",
    "2026년 2월 3일 화요일 오전 10:15",
    "Thứ Ba, 3 tháng 2, 2026 10:15",
    "3 กุมภาพันธ์ 2569 10:15",
    "3 फ़र॰ 2026 को 10:15 am",
    "სამ, 3 თებ. 2026, 10:15",
]


@pytest.mark.parametrize("words", WRITTEN)
def test_a_written_date_is_read_in_the_readers_zone(words: str) -> None:
    """All of these are 3 February 2026, a quarter past ten, where the forwarder is."""
    assert read_date(words, timezone(timedelta(hours=2))) == datetime(2026, 2, 3, 8, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "words", ["Tue, 3 Feb 2026 10:15:00 -0500", "3 Feb 2026 10:15 GMT-5", "3 Feb 2026 10:15 (GMT-05:00)"]
)
def test_a_zone_that_is_written_counts(words: str) -> None:
    """Whatever zone the reader is in."""
    assert read_date(words, timezone(timedelta(hours=2))) == datetime(2026, 2, 3, 15, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "words", ["", "yesterday at 10:15", "3 Feb 2026", "31 Feb 2026 10:15", "99.99.2026 10:15", "0.0.2026 1:11"]
)
def test_half_a_date_is_none(words: str) -> None:
    """Nothing is guessed."""
    assert read_date(words) is None


MONTHS = {
    "lv": "janvāris februāris marts aprīlis maijs jūnijs jūlijs augusts septembris oktobris novembris decembris",
    "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "az": "yanvar fevral mart aprel may iyun iyul avqust sentyabr oktyabr noyabr dekabr",
    "uk": "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "tr": "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
    "lt": "sausio vasario kovo balandžio gegužės birželio liepos rugpjūčio rugsėjo spalio lapkričio gruodžio",
    "et": "jaanuar veebruar märts aprill mai juuni juuli august september oktoober november detsember",
    "cs": "ledna února března dubna května června července srpna září října listopadu prosince",
}


@pytest.mark.parametrize("language", list(MONTHS))
def test_every_month_of_a_language_is_known(language: str) -> None:
    """Twelve words, twelve numbers."""
    assert [month_of(name) for name in MONTHS[language].split()] == list(range(1, 13))


@pytest.mark.parametrize(
    "words",
    [
        "3 Φεβ 2026 4:05 μ.μ.",
        "3 فبراير 2026 4:05 م",
        "2026年2月3日 下午4:05",
        "2026년 2월 3일 오후 4:05",
        "3 Feb 2026 4:05 p. m.",
    ],
)
def test_the_afternoon_is_known_in_other_scripts(words: str) -> None:
    """Twelve-hour clocks say which half of the day, before or behind the time."""
    assert read_date(words) == datetime(2026, 2, 3, 16, 5, tzinfo=UTC)


def test_a_finnish_november_is_no_march() -> None:
    """`marraskuuta` begins like March in a dozen languages."""
    assert month_of("marraskuuta") == 11
    assert month_of("maaliskuuta") == 3
