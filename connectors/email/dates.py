"""The date that a mail client writes above a quoted or forwarded mail, in the languages it may write it in.

Rules
1. A date is read only when day, month, year and time are all there; what is not read is None, never a guess of today.
2. Without a zone it is in `zone`: the client shows times of the one who passes the mail on.
3. Day before month, unless the numbers forbid it or the clock has AM and PM.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

TIME = re.compile(
    r"(?<![\d.])([01]?\d|2[0-3])\s?(?:[:h\u2236]|\.(?=\d\d(?:[\s,;]|$)))\s?([0-5]\d)(?:[:.]([0-5]\d))?(?![\d.]\d)",
    re.IGNORECASE,
)
"""A time of day as clients write it: `10:15`, `10h15`, `10.15`, `10:15:00`."""

_HALF = re.compile(r"\s*(?:([ap])\.?\s?m\.?(?![a-z])|([πμ])\.?μ\.?|([مص])(?=[\s،,]|$))", re.IGNORECASE)
_HALF_BEFORE = re.compile(r"(上午|午前|오전)|(下午|午後|晚上|오후)")
_AFTERNOON = {"p", "μ", "م"}
_ZONE = re.compile(r"(?:GMT|UTC)?\s*([+-])(\d{1,2}):?(\d{2})?\b|\b(GMT|UTC|Z)\b")
_ISO = re.compile(r"\b((?:19|20)\d\d)[-/.]\s?(\d{1,2})[-/.]\s?(\d{1,2})\b")
_CHINESE = re.compile(r"((?:19|20)\d\d)\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]")
_NUMBERS = re.compile(r"\b(\d{1,2})[-/.]\s?(\d{1,2})[-/.]\s?((?:19|20)\d\d|\d\d)\b")
_YEAR = re.compile(r"(?<!\d)((?:19|20|25)\d\d)(?!\d)")
_DAY_MONTH = re.compile(r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|º|°)?[.,]?\s*(?:de\s+|d['’]\s?|do\s+|-)?([^\W\d_]{3,})")
_MONTH_DAY = re.compile(r"([^\W\d_]{3,})\.?[\s-]+(\d{1,2})(?!\d|[:h])(?:st|nd|rd|th)?")

_STEMS: tuple[str, ...] = (
    "jan jän yan ian ene gen янв січ sty oca tammi jaan led sau sij ιαν",
    "feb fev fév fve фев лют lut şub sub helmi veeb úno uno vas вел φεβ",
    "mar mär mrt maa мар бер mär märts bře bre kov мар μάρ μαρ",
    "apr abr avr апр кві kwi nis huhti dub bal απρ",
    "may mai maj mei máj май мая тра mag geg touko kvě kve bir μαΐ μαϊ",
    "jun jún jūn juin juni iun iyn giu июн чер cze haz kesä juuni čer čvn bir ιουν",
    "jul júl jūl juil juli iul iyl лип lug июл lip tem heinä juuli čvc červenec lie ιουλ",
    "aug ago aoû aou avg avq авг сер sie ağu agu elo srp rugp αυγ",
    "sep set sept szept sen сен вер wrz eyl syys zář zar rugs σεπ",
    "oct okt out ott окт жов paź paz eki loka říj rij spa οκτ",
    "nov noy noi ноя ное нов лис lis kas marras lap stu νοε",
    "dec dez dic déc dek дек гру gru ara joulu dets pro δεκ",
)
_MONTHS = {stem: month for month, stems in enumerate(_STEMS, 1) for stem in stems.split()}
_OTHER_SCRIPTS = (
    "ינואר ינו يناير ژانویه ม.ค. มกราคม जन იან հունվ қаң",
    "פברואר פבר فبراير فوریه ก.พ. กุมภาพันธ์ फ़र फर თებ փետ ақп",
    "מרץ מרס مارس มี.ค. มีนาคม मार्च მარ մար нау",
    "אפריל אפר أبريل ابريل آوریل เม.ย. เมษายน अप्र აპრ ապր сәу",
    "מאי مايو مه พ.ค. พฤษภาคม मई მაი մայ мам",
    "יוני يونيو ژوئن มิ.ย. มิถุนายน जून ივნ հունիս мау",
    "יולי يوليو ژوئیه ก.ค. กรกฎาคม जुल ივლ հուլ шіл",
    "אוגוסט אוג أغسطس اوت ส.ค. สิงหาคม अग აგვ օգոստ там",
    "ספטמבר ספט سبتمبر سپتامبر ก.ย. กันยายน सित სექ սեպտ қыр",
    "אוקטובר אוק أكتوبر اکتبر ต.ค. ตุลาคม अक्टू अक्तू ოქტ հոկտ қаз",
    "נובמבר נוב نوفمبر نوامبر พ.ย. พฤศจิกายน नव ნოე նոյ қар",
    "דצמבר דצמ ديسمبر دسامبر ธ.ค. ธันวาคม दिस დეკ դեկ жел",
)
"""Month names in scripts whose words are no plain letters, or take a prefix."""
_OTHER_MONTHS = {name: month for month, names in enumerate(_OTHER_SCRIPTS, 1) for name in names.split()}
_OTHER = re.compile(
    rf"(?<!\d)(\d{{1,2}})[\s,.]{{0,3}}\S?({'|'.join(sorted(map(re.escape, _OTHER_MONTHS), key=len, reverse=True))})"
)
_VIETNAMESE = re.compile(r"(?<!\d)(\d{1,2})\s+(?:tháng|thg)\s+(\d{1,2})(?!\d)", re.IGNORECASE)
_BUDDHIST = 543
_LONGER = {
    "iyun": 6,
    "iyul": 7,
    "mars": 3,
    "marca": 3,
    "marc": 3,
    "czerwca": 6,
    "července": 7,
    "červenec": 7,
    "июня": 6,
    "июля": 7,
}


def read_date(words: str, zone: tzinfo = UTC) -> datetime | None:
    """The moment that these words name, in UTC, or None."""
    words = words[:200].replace("\u202f", " ").replace("\xa0", " ")
    clock = TIME.search(words)
    if clock is None:
        return None
    day = _day(words[: clock.start()] + " ; " + words[clock.end() :], american=bool(_HALF.match(words, clock.end())))
    if day is None:
        return None
    hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    if half := _HALF.match(words, clock.end()):
        hour = hour % 12 + (12 if next(filter(None, half.groups())).lower() in _AFTERNOON else 0)
    elif half := _HALF_BEFORE.search(words):
        hour = hour % 12 + (12 if half[2] else 0)
    try:
        return datetime(*day, hour, minute, second, tzinfo=_zone(words[clock.end() :], zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _zone(rest: str, zone: tzinfo) -> tzinfo:
    match = _ZONE.search(rest)
    if match is None:
        return zone
    if match[4]:
        return UTC
    span = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    return timezone(-span if match[1] == "-" else span) if span < timedelta(hours=24) else zone


def _day(words: str, *, american: bool) -> tuple[int, int, int] | None:
    if match := _ISO.search(words) or _CHINESE.search(words):
        return int(match[1]), int(match[2]), int(match[3])
    if match := _NUMBERS.search(words):
        first, second, year = int(match[1]), int(match[2]), int(match[3])
        year += 2000 if year < 100 else 0  # noqa: PLR2004 -- two digits
        if second > 12 or (american and first <= 12):  # noqa: PLR2004 -- months
            return year, first, second
        return year, second, first
    year_match = _YEAR.search(words)
    if year_match is None:
        return None
    year = int(year_match[1])
    year -= _BUDDHIST if year >= 2500 else 0  # noqa: PLR2004 -- as Thailand counts
    return _named_day(year, words[: year_match.start()] + " ; " + words[year_match.end() :])


def _named_day(year: int, rest: str) -> tuple[int, int, int] | None:
    """The day whose month is named."""
    if match := _VIETNAMESE.search(rest):
        return year, int(match[2]), int(match[1])
    if match := _OTHER.search(rest):
        return year, _OTHER_MONTHS[match[2]], int(match[1])
    pairs = [(match[1], match[2]) for match in _DAY_MONTH.finditer(rest)]
    pairs += [(match[2], match[1]) for match in _MONTH_DAY.finditer(rest)]
    for day, name in pairs:
        if month := month_of(name):
            return year, month, int(day)
    return None


def month_of(name: str) -> int | None:
    """The month that a word names in some language, or None."""
    name = name.lower().replace("i̇", "i")
    if name in _LONGER:
        return _LONGER[name]
    return next((_MONTHS[name[:size]] for size in (6, 5, 4, 3) if name[:size] in _MONTHS), None)
