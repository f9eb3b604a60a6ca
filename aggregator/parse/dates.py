"""The dates that feeds have, in all their spellings (checklist K6)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from aggregator.editorial.patterns import late

_LONGEST = 100  # characters; no date is longer
# As RFC 822 has it and nearly every RSS feed writes it.
_USUAL = re.compile(
    r"[A-Z][a-z]{2}, (\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) (?:GMT|UTC|([+-])(\d\d)(\d\d))"
)
_HALF = r"([AaPp]\.?[Mm])\.?"
_ZONE = r"\(?((?:GMT|UTC)?[+-](?:\d{1,2}:?\d\d|\d{1,2}(?!\d))|[A-Za-z]{1,5})\)?"
_CLOCK = rf"(?:[,\s]+(\d{{1,2}}):(\d\d)(?::(\d\d)(?:\.\d+)?)?(?:\s*{_HALF}(?![A-Za-z]))?)?"
_ISO = late(
    r"(\d{4})-?(\d\d)?-?(\d\d)?(?:[Tt ]+(\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9})\d*)?)?)?"
    rf"(?:\s*{_HALF}(?![A-Za-z]))?\s*([Zz]|[+-]\d\d:?\d\d|[+-]\d\d|[A-Za-z]{{2,5}})?"
)
_RFC = late(
    r"(?:[^\W\d]+\.?(?:,\s*|\s+))?(\d{1,2})[\s.-]+(?:de\s+)?([^\W\d]+)\.?[\s,.-]+(?:de\s+)?(\d{2,4})"
    rf"{_CLOCK}\s*(?:{_ZONE})?.{{0,20}}"
)
_AMERICAN = late(
    r"(?:[^\W\d]+\.?,?\s+)?([^\W\d]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})"
    rf"{_CLOCK}\s*(?:{_ZONE})?(?:\s*\([^()]{{1,60}}\))?"
)
_ASCTIME = late(r"[^\W\d]+\s+([^\W\d]+)\s+(\d{1,2})\s+(\d\d):(\d\d):(\d\d)\s+(?:([A-Za-z]{1,5})\s+)?(\d{4})")
_SLASHED = late(rf"(\d{{1,4}})[/.](\d{{1,2}})[/.](\d{{1,4}}){_CLOCK}\s*(?:{_ZONE})?")
_HAN = late(
    r"(\d{4})\s?年\s?(\d{1,2})\s?月\s?(\d{1,2})\s?日(?:\s*(\d{1,2})\s?[:：时時]\s?(\d\d)(?:\s?[:：分]\s?(?:(\d\d)\s?秒?)?)?)?"
)
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 60, "west": 60, "cet": 60, "mez": 60, "cest": 120, "mesz": 120, "eet": 120,
    "eest": 180, "msk": 180, "ist": 330, "jst": 540, "kst": 540, "hkt": 480, "sgt": 480, "aest": 600, "aedt": 660, "nzst": 720,
    "nzdt": 780, "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
    "akst": -540, "akdt": -480, "hst": -600, "et": -300, "ct": -360, "mt": -420, "pt": -480,
}  # fmt: skip
# Month names by language, each list January to December; a name is known by its first letters too.
_MONTH_LISTS = (
    "january february march april may june july august september october november december",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "jänner feber maerz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad grudzień",
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "január február március április május június július augusztus szeptember október november december",
    "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    "ιανουάριος φεβρουάριος μάρτιος απρίλιος μάιος ιούνιος ιούλιος αύγουστος σεπτέμβριος οκτώβριος νοέμβριος δεκέμβριος",
    "ιανουαρίου φεβρουαρίου μαρτίου απριλίου μαΐου ιουνίου ιουλίου αυγούστου σεπτεμβρίου οκτωβρίου νοεμβρίου δεκεμβρίου",
    "januari februari mars april maj juni juli augusti september oktober november december",
    "januar februar marts april maj juni juli august september oktober november december",
    "januar februar mars april mai juni juli august september oktober november desember",
    "januari februari maret april mei juni juli agustus september oktober november desember",
    "leden únor březen duben květen červen červenec srpen září říjen listopad prosinec",
    "ledna února března dubna května června července srpna září října listopadu prosince",
    "tammikuu helmikuu maaliskuu huhtikuu toukokuu kesäkuu heinäkuu elokuu syyskuu lokakuu marraskuu joulukuu",
)


def _months() -> dict[str, int]:
    """Every whole name, and every beginning of three letters or more that stands for one month only."""
    names = [(name, number) for line in _MONTH_LISTS for number, name in enumerate(line.split(), 1)]
    meant: dict[str, set[int]] = {}
    for name, number in names:
        for length in range(3, len(name) + 1):
            meant.setdefault(name[:length], set()).add(number)
    known = {short: numbers.pop() for short, numbers in meant.items() if len(numbers) == 1}
    english = _MONTH_LISTS[0].split()
    return known | dict(names) | {name[:3]: number for number, name in enumerate(english, 1)}


_MONTHS = _months()
_ENGLISH = {name[:3].capitalize(): number for number, name in enumerate(_MONTH_LISTS[0].split(), 1)}


def parse_date(text: str | None) -> datetime | None:
    """An aware moment in UTC; None for what is no date, or one outside the years 1 to 9999. A missing zone is UTC."""
    if not text:
        return None
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    try:
        return _fast(text) or _slow(text)
    except (ValueError, OverflowError):
        return None


def _fast(text: str) -> datetime | None:
    """The two spellings that the standards ask for."""
    if text[0].isdigit() and text[4:5] == "-" and len(text) >= 19:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return None
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    match = _USUAL.fullmatch(text)
    return _usual(*match.groups()) if match else None


def _usual(
    day: str, name: str, year: str, hour: str, minute: str, second: str, sign: str | None, hours: str, minutes: str
) -> datetime | None:
    """None for what is rare enough to be left to the others: midnight as 24:00, a leap second, a month of another language."""
    month = _ENGLISH.get(name)
    if month is None or int(hour) > 23 or int(second) > 59:
        return None
    moment = datetime(int(year), month, int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    if sign is None or (hours, minutes) == ("00", "00"):
        return moment
    east = timedelta(hours=int(hours), minutes=int(minutes))
    if east >= timedelta(days=1):
        return None
    return moment - east if sign == "+" else moment + east


def _slow(text: str) -> datetime | None:
    for pattern, build in _SPELLINGS:
        match = pattern.fullmatch(text)
        if match:
            return build(match)
    return None


def _moment(
    year: str,
    month: int,
    day: str,
    clock: tuple[str | None, str | None, str | None],
    half: str | None,
    zone: str | None,
) -> datetime:
    """Put the parts together."""
    number = _year(year)
    hour, minute, second = (int(part or 0) for part in clock)
    if half and hour <= 12:
        hour = hour % 12 + (12 if half[0] in "Pp" else 0)
    over = timedelta(0)
    if (hour, minute, second) == (24, 0, 0):
        hour, over = 0, timedelta(days=1)
    if second == 60:
        second = 59
    moment = datetime(number, month, int(day), hour, minute, second, tzinfo=timezone(timedelta(minutes=_offset(zone))))
    return (moment + over).astimezone(UTC)


def _year(text: str) -> int:
    """Two digits mean the century nearest to feeds: 90 to 99 are of the last one."""
    year = int(text)
    if len(text) <= 2:
        return year + (1900 if year >= 90 else 2000)
    return year


def _offset(zone: str | None) -> int:
    """Minutes east of Greenwich; an unknown name is UTC."""
    if not zone:
        return 0
    text = zone.removeprefix("GMT").removeprefix("UTC") or "GMT"
    if text[0] in "+-":
        digits = text[1:].replace(":", "").rjust(2, "0")
        minutes = int(digits[:-2] or 0) * 60 + int(digits[-2:]) if len(digits) > 2 else int(digits) * 60
        if minutes > 24 * 60 - 1:
            return 0
        return -minutes if text[0] == "-" else minutes
    return _ZONES.get(text.lower(), 0)


def _month(name: str) -> int:
    known = _MONTHS.get(name.lower())
    if known is None:
        raise ValueError(name)
    return known


def _iso(match: re.Match[str]) -> datetime:
    year, month, day, hour, minute, second, fraction, half, zone = match.groups()
    moment = _moment(year, int(month or 1), day or "1", (hour, minute, second), half, zone)
    return moment.replace(microsecond=int((fraction or "0").ljust(6, "0")[:6]))


def _rfc(match: re.Match[str]) -> datetime:
    day, month, year, hour, minute, second, half, zone = match.groups()
    return _moment(year, _month(month), day, (hour, minute, second), half, zone)


def _american(match: re.Match[str]) -> datetime:
    month, day, year, hour, minute, second, half, zone = match.groups()
    return _moment(year, _month(month), day, (hour, minute, second), half, zone)


def _asctime(match: re.Match[str]) -> datetime:
    month, day, hour, minute, second, zone, year = match.groups()
    return _moment(year, _month(month), day, (hour, minute, second), None, zone)


def _slashed(match: re.Match[str]) -> datetime:
    """2026/11/24, 24.11.2026 and 11/24/2026; a date that could be either is read day first with dots, month first else."""
    one, two, three, hour, minute, second, half, zone = match.groups()
    if len(one) == 4:
        year, month, day = one, two, three
    elif "." in match[0] or int(one) > 12:
        day, month, year = one, two, three
    else:
        month, day, year = one, two, three
    return _moment(year, int(month), day, (hour, minute, second), half, zone)


def _han(match: re.Match[str]) -> datetime:
    year, month, day, hour, minute, second = match.groups()
    return _moment(year, int(month), day, (hour, minute, second), None, None)


_SPELLINGS = (
    (_RFC, _rfc),
    (_ISO, _iso),
    (_AMERICAN, _american),
    (_ASCTIME, _asctime),
    (_SLASHED, _slashed),
    (_HAN, _han),
)
