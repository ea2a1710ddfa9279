"""Facts put into the words of an official notice. Pure: the same facts are the same notice."""

from collections.abc import Iterable
from datetime import date

import msgspec

from services.contracts.definitions import CampaignDefinition, IndicatorDefinition
from services.contracts.figures import Figure
from services.contracts.rates import balanced_shares
from services.contracts.words import IndicatorKind, Level
from services.reporting.notices import forms
from services.reporting.notices.document import Cell, Column, Notice, Section, Table
from services.reporting.notices.facts import Facts, Named
from services.reporting.notices.printing import AS_THE_CAMPAIGN, Printing, printed_as

_LABELS = {"simulated": "mô phỏng", "imputed": "suy tính, chưa được công bố"}
_LEVELS = {
    Level.COUNTRY: "cấp quốc gia",
    Level.PROVINCE: "cấp tỉnh",
    Level.DISTRICT: "cấp huyện",
    Level.COMMUNE: "cấp xã",
    Level.RESIDENTIAL_AREA: "thôn, ấp, khu phố",
    Level.TEAM: "tổ",
    Level.BODY: "cơ quan, đơn vị",
}
_UNKNOWN = Cell("–")
_OUTCOMES = ["Đã xử lý dữ liệu", "Chưa có nhu cầu", "Còn lại"]
_SUMMARY = [
    Column("TT", 5, numeric=False),
    Column("Nội dung", 28, numeric=False),
    Column("Đơn vị tính", 9, numeric=False),
    Column("Chỉ tiêu", 10),
    Column("Kết quả", 10),
    Column("Tỷ lệ (%)", 9),
    *(Column(one, 9) for one in _OUTCOMES),
]
_UNITS = [
    Column("TT", 5, numeric=False),
    Column("Đơn vị", 25, numeric=False),
    Column("Chỉ tiêu", 10),
    Column("Kết quả", 10),
    Column("Tỷ lệ (%)", 10),
    *(Column(one, 10) for one in _OUTCOMES),
    Column("Xếp hạng", 7),
]
_COUNTS = [
    Column("TT", 6, numeric=False),
    Column("Nội dung", 50, numeric=False),
    Column("Đơn vị tính", 20, numeric=False),
    Column("Kết quả", 24),
]


class Issue(msgspec.Struct, frozen=True):
    """What only whoever issues the notice knows; without it the notice is a draft."""

    number: str | None = None
    on: date | None = None


def notice_of(facts: Facts, issue: Issue | None, printing: Printing = AS_THE_CAMPAIGN) -> Notice:
    """The notice of these facts."""
    campaign, unit = facts.campaign, facts.unit
    issuer = forms.issuer(unit.name, unit.level)
    committee = forms.has_committee(unit.level)
    name = forms.name_of(campaign.name, campaign.code)
    ended = facts.as_of >= campaign.last_day
    measured = [one for one in facts.indicators if one.kind is IndicatorKind.QUOTA]
    counted = [one for one in facts.indicators if one.kind is not IndicatorKind.QUOTA]
    labels = _labels_of(facts, (unit, *facts.children))
    sections = [_overall(printed_as(facts, printing.overall), measured, counted)]
    if facts.children and measured:
        of_units = printed_as(facts, printing.units)
        sections.append(_by_unit(of_units, measured))
        sections.append(_remarks(of_units, measured))
    sections.append(_sources(facts, labels))
    return Notice(
        issuer=forms.issuer_in_head(unit.name, unit.level),
        number=f"Số: {issue.number}" if issue and issue.number else f"Số: {forms.NO_BREAK * 8}{_suffix(unit)}",
        place_and_date=f"{forms.short_name(unit.name)}, {_dated(facts, issue)}",
        subject=f"Kết quả thực hiện {name}" if ended else f"Tiến độ thực hiện {name}",
        opening=[_opening(campaign, facts.as_of, name=name, issuer=issuer)],
        sections=[
            msgspec.structs.replace(one, heading=f"{numeral}. {one.heading}")
            for numeral, one in zip(("I", "II", "III", "IV"), sections, strict=False)
        ],
        closing=f"{issuer} thông báo để các cơ quan, đơn vị, địa phương biết, thực hiện./.",
        recipients=[
            *(["Các đơn vị có tên trong Thông báo;"] if facts.children else ["Các cơ quan, đơn vị có liên quan;"]),
            "Lưu: VT.",
        ],
        signatory=["TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"] if committee else ["THỦ TRƯỞNG ĐƠN VỊ"],
        draft=issue is None,
        warning=_warning(labels),
    )


def _suffix(unit: Named) -> str:
    return "/TB-UBND" if forms.has_committee(unit.level) else "/TB"


def _dated(facts: Facts, issue: Issue | None) -> str:
    return forms.day(issue.on) if issue and issue.on else forms.day_to_fill_in(facts.as_of.year)


def _opening(campaign: CampaignDefinition, as_of: date, *, name: str, issuer: str) -> str:
    first, last = campaign.first_day, campaign.last_day
    by = f"Thực hiện {forms.document(campaign.decision.number, campaign.decision.date)}, " if campaign.decision else ""
    until = "" if as_of >= last else f", số liệu tính đến hết {forms.day(as_of)}"
    return (
        f"{by}{issuer} thông báo kết quả {name} (từ {forms.day(first)} đến hết {forms.day(last)}:"
        f" {(last - first).days + 1} ngày{until}) như sau:"
    )


def _overall(facts: Facts, measured: list[IndicatorDefinition], counted: list[IndicatorDefinition]) -> Section:
    own = facts.figures[facts.unit.code]
    tables = []
    if measured:
        rows = [
            [
                Cell(str(place)),
                Cell(forms.name_of(one.name, one.code)),
                Cell(one.measure),
                *_numbers(own[one.code]),
            ]
            for place, one in enumerate(measured, 1)
        ]
        tables.append(
            Table(f"Kết quả chung của {forms.within_sentence(facts.unit.name)}", "Kết quả chung", _SUMMARY, rows)
        )
    if counted:
        rows = [
            [
                Cell(str(place)),
                Cell(forms.name_of(one.name, one.code)),
                Cell(one.measure),
                _count(own[one.code].achieved),
            ]
            for place, one in enumerate(counted, 1)
        ]
        tables.append(Table("Kết quả các hoạt động", "Hoạt động", _COUNTS, rows))
    decimals = facts.campaign.rounding.decimals
    return Section(
        "KẾT QUẢ CHUNG",
        [
            f"{place}. {forms.name_of(one.name, one.code)}: {_result(own[one.code], one.measure, decimals)}"
            for place, one in enumerate(measured, 1)
        ],
        tables,
    )


def _result(figure: Figure, measure: str, decimals: int) -> str:
    """How one indicator stands, in one or two sentences."""
    if figure.achieved is None:
        given = "" if figure.quota is None else f" (chỉ tiêu {forms.number(figure.quota)} {measure})"
        return f"chưa có số liệu{given}."
    if figure.rate is None:
        return f"đạt {forms.number(figure.achieved)} {measure}; không có chỉ tiêu giao."
    said = (
        f"đạt {forms.number(figure.achieved)}/{forms.number(figure.quota)} {measure}, bằng"
        f" {forms.percent(figure.rate.printed)}"
    )
    said += {True: ", đạt mục tiêu đề ra.", False: ", chưa đạt mục tiêu đề ra.", None: "."}[figure.reached]
    parts = [
        ("đạt", figure.achieved),
        ("đã xử lý dữ liệu", figure.exempt),
        ("đã vận động, chưa có nhu cầu", figure.declined),
        ("còn lại", figure.outstanding),
    ]
    known = [(words, part) for words, part in parts if part is not None]
    settled = figure.exempt is not None or figure.declined is not None
    if settled and sum(part for _, part in known) == figure.quota:
        shares = balanced_shares([part for _, part in known], decimals=decimals)
        listed = "; ".join(
            f"{words} {forms.number(part)} ({forms.percent(share)})"
            for (words, part), share in zip(known, shares, strict=True)
        )
        said += f" Cơ cấu so với chỉ tiêu (làm tròn cân đối, cộng đủ 100{forms.NO_BREAK}%): {listed}."
    if figure.exempt and figure.adjusted_rate is not None and figure.adjusted_rate != figure.rate:
        said += f" Tỷ lệ sau khi trừ các trường hợp đã xử lý dữ liệu: {forms.percent(figure.adjusted_rate.printed)}."
    return f"{said}{_pace(figure, measure)}"


def _pace(figure: Figure, measure: str) -> str:
    """Where it stands beside what is expected by the day, while days are left."""
    pace = figure.pace
    if pace is None or pace.days_left == 0:
        return ""
    ahead = {True: "vượt", False: "chậm"}[pace.difference >= 0]
    said = (
        f" Yêu cầu tiến độ đến hết {forms.day(figure.as_of)}: {forms.number(pace.expected)} {measure};"
        f" {ahead} {forms.number(abs(pace.difference))}; còn {pace.days_left} ngày."
    )
    if pace.forecast is not None:
        said += f" Dự báo đến hết đợt: {forms.number(pace.forecast)} {measure}."
    return said


def _by_unit(facts: Facts, measured: list[IndicatorDefinition]) -> Section:
    everybody = (facts.unit, *facts.children)
    tables = []
    for place, one in enumerate(measured, 1):
        rows = [
            [Cell(str(line)), Cell(child.name), *_numbers(figure), _count(figure.rank)]
            for line, child in enumerate(facts.children, 1)
            for figure in (facts.figures[child.code][one.code],)
        ]
        total = [
            Cell(""),
            Cell(f"Toàn {_kind_of(facts.unit)}"),
            *_numbers(facts.figures[facts.unit.code][one.code]),
            Cell(""),
        ]
        title = f"Bảng {place}. {forms.name_of(one.name, one.code)} ({one.measure})"
        said = _borne_by(_labels_of(facts, everybody, one.code), facts.children)
        note = f"Ghi chú: {said}." if said else ""
        tables.append(Table(title, f"Bảng {place}", _UNITS, rows, total, note))
    return Section("KẾT QUẢ CỦA CÁC ĐƠN VỊ", [], tables)


def _kind_of(unit: Named) -> str:
    short = forms.short_name(unit.name)
    kind = unit.name.removesuffix(short).strip()
    return kind.lower() if kind else unit.name


def _remarks(facts: Facts, measured: list[IndicatorDefinition]) -> Section:
    paragraphs = [f"- {forms.name_of(one.name, one.code)}: {_remark(facts, one)}" for one in measured]
    paragraphs.append(
        "Việc xét thi đua, khen thưởng chỉ áp dụng đối với đơn vị báo cáo đầy đủ, đúng số liệu và đạt chỉ tiêu; đơn vị"
        " không báo cáo, báo cáo sai số liệu hoặc không đạt chỉ tiêu thì không xét."
    )
    return Section("NHẬN XÉT, THI ĐUA, KHEN THƯỞNG", paragraphs)


def _remark(facts: Facts, indicator: IndicatorDefinition) -> str:
    figures = [(one.name, facts.figures[one.code][indicator.code]) for one in facts.children]
    rated = [(name, one) for name, one in figures if one.rate is not None]
    reached = [name for name, one in figures if one.reached]
    said = f"{len(reached)}/{len(figures)} đơn vị đạt mục tiêu"
    said += f" ({forms.listed(reached)})" if 0 < len(reached) < len(figures) else ""
    ranks = [one.rank for _, one in rated if one.rank is not None]
    if ranks and min(ranks) < max(ranks):
        for words, rank in (("cao nhất", min(ranks)), ("thấp nhất", max(ranks))):
            those = [(name, one) for name, one in rated if one.rank == rank]
            rate = those[0][1].rate
            assert rate is not None
            said += f"; {words}: {forms.listed([name for name, _ in those])} ({forms.percent(rate.printed)})"
    silent = [name for name, one in figures if one.achieved is None]
    if silent:
        said += f"; chưa có số liệu: {forms.listed(silent)}"
    coverage = facts.figures[facts.unit.code][indicator.code].coverage
    if coverage.expected:
        level = _LEVELS[indicator.reconciliation_level]
        said += (
            f"; {forms.number(coverage.reported)}/{forms.number(coverage.expected)} đơn vị {level} có số liệu báo cáo"
        )
    return f"{said}."


def _sources(facts: Facts, labels: dict[str, list[str]]) -> Section:
    zone = facts.campaign.time_zone
    paragraphs = [f"- Số liệu tính đến hết {forms.day(facts.as_of)}."]
    if facts.known_at is not None:
        paragraphs.append(f"- Số liệu theo thông tin có đến {forms.moment(facts.known_at, zone)}.")
    if facts.last_received_at is not None:
        paragraphs.append(f"- Số liệu mới nhất được tiếp nhận lúc {forms.moment(facts.last_received_at, zone)}.")
    paragraphs.append("- Dấu “–” là chưa có số liệu, không phải bằng không.")
    if labels:
        said = forms.listed([_LABELS.get(one, one) for one in labels])
        where = "; đơn vị nào có số liệu đó được nêu dưới từng bảng" if facts.children else ""
        paragraphs.append(f"- Trong Thông báo có số liệu {said}{where}.")
    return Section("GHI CHÚ VỀ SỐ LIỆU", paragraphs)


def _labels_of(facts: Facts, units: Iterable[Named], indicator: str | None = None) -> dict[str, list[str]]:
    """By label, the names of those units whose figures bear it."""
    found: dict[str, list[str]] = {}
    for unit in units:
        figures = facts.figures[unit.code]
        chosen = figures.values() if indicator is None else [figures[indicator]]
        for label in sorted({label for one in chosen for label in one.labels}):
            found.setdefault(label, []).append(unit.name)
    return found


def _borne_by(labels: dict[str, list[str]], children: list[Named]) -> str:
    """What is not as it was reported, and whose; a label that everybody below bears is said of all."""
    names = {one.name for one in children}
    said = []
    for label, bearers in labels.items():
        below = [one for one in bearers if one in names]
        whose = "toàn bộ" if not names or len(below) == len(names) else forms.listed(below or bearers)
        said.append(f"số liệu {_LABELS.get(label, label)}: {whose}")
    return "; ".join(said)


def _warning(labels: dict[str, list[str]]) -> str:
    said = [_LABELS.get(label, label) for label in labels]
    return f"LƯU Ý: Thông báo này có số liệu {forms.listed(said)}." if said else ""


def _numbers(figure: Figure) -> list[Cell]:
    """Quota, achieved, rate, exempt, declined, outstanding."""
    rate = figure.rate
    return [
        _count(figure.quota),
        _count(figure.achieved),
        _UNKNOWN if rate is None else Cell(rate.printed, decimal=rate.printed.replace(",", ".")),
        _count(figure.exempt),
        _count(figure.declined),
        _count(figure.outstanding),
    ]


def _count(value: int | None) -> Cell:
    return _UNKNOWN if value is None else Cell(forms.number(value), value)
