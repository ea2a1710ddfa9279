"""What a notice says of which facts."""

from datetime import UTC, date, datetime

import msgspec

from services.contracts.definitions import Rounding
from services.contracts.figures import CoverageFigure
from services.contracts.words import IndicatorKind, RoundingMode
from services.reporting.notices.document import Notice
from services.reporting.notices.printing import AS_THE_CAMPAIGN, Printing
from services.reporting.notices.wording import Issue, notice_of
from tests.services.reporting.notices.made import PACE, campaign, facts, figure, rate
from tests.services.reporting.support import indicator

ISSUE = Issue("215/TB-UBND", date(2024, 7, 5))


def said(notice: Notice) -> str:
    return "\n".join([*notice.opening, *(one for section in notice.sections for one in section.paragraphs)])


def test_an_issued_notice_bears_number_place_and_date() -> None:
    notice = notice_of(facts(), ISSUE)
    assert notice.issuer == ["ỦY BAN NHÂN DÂN", "TỈNH BÌNH PHƯỚC"]
    assert notice.number == "Số: 215/TB-UBND"
    assert notice.place_and_date == "Bình Phước, ngày 05 tháng 7 năm 2024"
    assert notice.subject == "Kết quả thực hiện Đợt cao điểm 90 ngày, đêm"
    assert not notice.draft
    assert notice.opening == [
        "Thực hiện Kế hoạch số 128/KH-UBND ngày 04 tháng 4 năm 2024, Ủy ban nhân dân tỉnh Bình Phước thông báo kết quả"
        " Đợt cao điểm 90 ngày, đêm (từ ngày 04 tháng 4 năm 2024 đến hết ngày 03 tháng 7 năm 2024: 91 ngày) như sau:"
    ]
    assert notice.signatory == ["TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"]


def test_without_an_issue_it_is_a_draft_with_room_for_both() -> None:
    notice = notice_of(facts(), None)
    assert notice.draft
    assert notice.number.replace("\u00a0", "") == "Số: /TB-UBND"
    assert notice.place_and_date.replace("\u00a0", "") == "Bình Phước, ngày  tháng  năm 2024"


def test_the_shares_of_an_outcome_add_up_to_a_hundred() -> None:
    top = figure("70", quota=19883, achieved=10963, exempt=6439, declined=2481, outstanding=0)
    notice = notice_of(facts(top, rounding=Rounding(decimals=1)), ISSUE)
    assert (
        "đạt 10.963 (55,1\u00a0%); đã xử lý dữ liệu 6.439 (32,4\u00a0%); đã vận động, chưa có nhu cầu 2.481"
        " (12,5\u00a0%); còn lại 0 (0,0\u00a0%)" in said(notice)
    )


def test_a_section_may_print_otherwise_than_the_campaign() -> None:
    top = figure("70", quota=19883, achieved=10963, exempt=6439, declined=2481, outstanding=0)
    district = figure("688", quota=837, achieved=579, exempt=187, declined=71, outstanding=0)
    printing = Printing(overall=Rounding(1), units=Rounding(3, RoundingMode.TRUNCATE))
    notice = notice_of(facts(top, district), ISSUE, printing)
    overall, by_unit, remarks, _ = notice.sections
    assert "bằng 55,1\u00a0%" in overall.paragraphs[0]
    assert "10.963 (55,1\u00a0%)" in overall.paragraphs[0]
    assert [row[5].text for row in overall.tables[0].rows] == ["55,1"]
    table = by_unit.tables[0]
    assert table.total is not None
    assert (table.rows[0][4].text, table.total[4].text) == ("69,175", "55,137")
    assert notice_of(facts(top, district), ISSUE) == notice_of(facts(top, district), ISSUE, AS_THE_CAMPAIGN)
    assert remarks.paragraphs


def test_parts_that_exceed_the_quota_have_no_shares() -> None:
    top = figure("70", quota=100, achieved=90, exempt=20, outstanding=0)
    assert "Cơ cấu" not in said(notice_of(facts(top), ISSUE))


def test_the_adjusted_rate_is_told_where_it_differs() -> None:
    top = figure("70", quota=837, achieved=579, exempt=187, adjusted_rate=rate(579, 650))
    assert "Tỷ lệ sau khi trừ các trường hợp đã xử lý dữ liệu: 89,08\u00a0%." in said(notice_of(facts(top), ISSUE))


def test_what_is_unknown_is_said_and_never_zero() -> None:
    notice = notice_of(facts(figure("70", achieved=None), figure("689", achieved=None)), ISSUE)
    assert "chưa có số liệu (chỉ tiêu 100 người)" in said(notice)
    assert "chưa có số liệu: Thành phố Đồng Xoài" in said(notice)
    (table,) = notice.sections[1].tables
    assert [cell.text for cell in table.rows[1]] == ["2", "Thành phố Đồng Xoài", "100", "–", "–", "–", "–", "–", "–"]


def test_who_leads_and_who_is_last_is_told_with_ties() -> None:
    ranked = [
        figure("688", achieved=100, rank=1),
        figure("689", achieved=80, rank=2),
        figure("690", achieved=100, rank=1),
    ]
    notice = notice_of(facts(*ranked, figure("70", coverage=CoverageFigure(110, 111))), ISSUE)
    remark = notice.sections[2].paragraphs[0]
    assert remark.startswith("- Cấp căn cước công dân: 2/3 đơn vị đạt mục tiêu (Thị xã Phước Long và Huyện <Bù>")
    assert "cao nhất: Thị xã Phước Long và Huyện" in remark
    assert "thấp nhất: Thành phố Đồng Xoài (80,00\u00a0%); 110/111 đơn vị cấp xã có số liệu báo cáo." in remark


def test_labels_are_told_above_and_under_the_table_of_those_who_bear_them() -> None:
    notice = notice_of(
        facts(
            figure("70", labels=["imputed", "simulated"]),
            figure("688", labels=["imputed", "simulated"]),
            figure("689", labels=["simulated"]),
            figure("690", labels=["simulated"]),
        ),
        ISSUE,
    )
    assert notice.warning == "LƯU Ý: Thông báo này có số liệu suy tính, chưa được công bố và mô phỏng."
    assert notice.sections[1].tables[0].note == (
        "Ghi chú: số liệu suy tính, chưa được công bố: Thị xã Phước Long; số liệu mô phỏng: toàn bộ."
    )
    assert notice_of(facts(), ISSUE).warning == ""


def test_before_the_last_day_it_tells_the_pace() -> None:
    notice = notice_of(facts(figure("70", pace=PACE, as_of=date(2024, 6, 20)), as_of=date(2024, 6, 20)), None)
    assert notice.subject == "Tiến độ thực hiện Đợt cao điểm 90 ngày, đêm"
    assert (
        "Yêu cầu tiến độ đến hết ngày 20 tháng 6 năm 2024: 60 người; chậm 5; còn 10 ngày. Dự báo đến hết đợt: 97 người."
        in said(notice)
    )


def test_what_was_known_at_a_moment_says_so() -> None:
    then = msgspec.structs.replace(facts(), known_at=datetime(2024, 7, 4, 1, tzinfo=UTC))
    told = said(notice_of(then, None))
    assert "Số liệu theo thông tin có đến 08 giờ 00 phút, ngày 04 tháng 7 năm 2024." in told


def test_activities_have_a_table_without_quota() -> None:
    told = campaign(indicator("cccd"), indicator("news", kind=IndicatorKind.ACTIVITY, measure="tin"))
    given = facts(figure("70", "news", quota=None, achieved=1234), indicators=told.indicators)
    overall = notice_of(given, ISSUE).sections[0]
    assert [[cell.text for cell in row] for row in overall.tables[1].rows] == [["1", "news", "tin", "1.234"]]
    assert len(notice_of(given, ISSUE).sections[1].tables) == 1


def test_a_unit_without_units_below_has_no_tables_of_them() -> None:
    notice = notice_of(facts(children=[]), ISSUE)
    assert [one.heading for one in notice.sections] == ["I. KẾT QUẢ CHUNG", "II. GHI CHÚ VỀ SỐ LIỆU"]
