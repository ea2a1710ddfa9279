/** What the dashboard says, in both languages. */

import type { Language } from "./formats.ts";
import type { TroubleKind } from "./graph.ts";
import type { Level } from "./questions.ts";

export interface Words {
  title: string;
  otherLanguage: string;
  queries: string;
  token: string;
  tokenHint: string;
  tokenWhere: string;
  tokenUse: string;
  tokenForget: string;
  campaign: string;
  noCampaigns: string;
  noCampaign: string;
  noUnit: string;
  decision: (number: string, day: string) => string;
  period: (first: string, last: string) => string;
  pause: (first: string, last: string, indicators: string) => string;
  day: string;
  dayBefore: string;
  dayAfter: string;
  latest: string;
  asOfDay: (day: string) => string;
  path: string;
  levels: Record<Level, string>;
  levelsMany: Record<Level, string>;
  below: (level: string) => string;
  tableHint: string;
  unit: string;
  sortBy: (what: string) => string;
  rank: string;
  rankOf: (rank: string, of: string) => string;
  quota: string;
  achieved: string;
  ofQuota: (achieved: string, quota: string) => string;
  exempt: string;
  declined: string;
  outstanding: string;
  adjustedRate: string;
  coverage: string;
  coverageOf: (reported: string, expected: string) => string;
  lastReport: string;
  reasons: string;
  suppressed: string;
  unknown: string;
  noRate: string;
  noFigures: string;
  noChildren: string;
  indicator: string;
  level: string;
  best: string;
  worst: string;
  league: string;
  labels: Record<string, { name: string; meaning: string }>;
  loading: string;
  gaps: string;
  retry: string;
  troubles: Record<TroubleKind, string>;
}

const vi: Words = {
  title: "Bảng theo dõi chỉ tiêu",
  otherLanguage: "English",
  queries: "Truy vấn (GraphiQL)",
  token: "Mã truy cập",
  tokenHint: "Dán mã truy cập (token) vào đây",
  tokenWhere: "Mã chỉ được giữ trong thẻ trình duyệt này. Lệnh “bonphu up” in sẵn một mã để xem; lệnh sau tạo mã mới:",
  tokenUse: "Xem số liệu",
  tokenForget: "Bỏ mã",
  campaign: "Đợt cao điểm",
  noCampaigns: "Mã truy cập này không thấy đợt cao điểm nào. Hãy xin mã có đơn vị của bạn.",
  noCampaign: "Không có đợt cao điểm này, hoặc mã truy cập không được xem.",
  noUnit: "Đơn vị này không thuộc đợt cao điểm, hoặc mã truy cập không được xem.",
  decision: (number, day) => `Văn bản số ${number}, ${day}`,
  period: (first, last) => `Từ ${first} đến hết ${last}`,
  pause: (first, last, indicators) => `Tạm dừng ${first} – ${last} (${indicators})`,
  day: "Số liệu tính đến hết ngày",
  dayBefore: "Ngày trước",
  dayAfter: "Ngày sau",
  latest: "Mới nhất",
  asOfDay: (day) => `Tính đến hết ${day}`,
  path: "Đường dẫn đơn vị",
  levels: {
    COUNTRY: "cả nước", PROVINCE: "tỉnh", DISTRICT: "huyện", COMMUNE: "xã",
    RESIDENTIAL_AREA: "khu dân cư", TEAM: "tổ", BODY: "cơ quan",
  },
  levelsMany: {
    COUNTRY: "Cả nước", PROVINCE: "Tỉnh, thành phố", DISTRICT: "Huyện, thị xã, thành phố", COMMUNE: "Xã, phường, thị trấn",
    RESIDENTIAL_AREA: "Thôn, ấp, khu phố", TEAM: "Tổ", BODY: "Sở, ban, ngành",
  },
  below: (level) => `${level} trực thuộc`,
  tableHint: "Chọn tên đơn vị để xem bên trong; chọn tiêu đề cột để sắp xếp.",
  unit: "Đơn vị",
  sortBy: (what) => `Sắp xếp theo ${what}`,
  rank: "hạng",
  rankOf: (rank, of) => `hạng ${rank}/${of}`,
  quota: "Chỉ tiêu giao",
  achieved: "Đã đạt",
  ofQuota: (achieved, quota) => `${achieved} / ${quota}`,
  exempt: "Đã xử lý dữ liệu",
  declined: "Đã vận động, chưa có nhu cầu",
  outstanding: "Còn lại",
  adjustedRate: "Tỷ lệ sau khi trừ đã xử lý",
  coverage: "Đã báo cáo",
  coverageOf: (reported, expected) => `${reported}/${expected} đơn vị`,
  lastReport: "Báo cáo gần nhất",
  reasons: "Lý do đã xử lý dữ liệu",
  suppressed: "được giữ kín",
  unknown: "chưa có số liệu",
  noRate: "chưa có tỷ lệ",
  noFigures: "Mã truy cập này không thấy số liệu của đơn vị này; hãy chọn đơn vị trực thuộc bên dưới.",
  noChildren: "Không có đơn vị trực thuộc có số liệu.",
  indicator: "Chỉ tiêu",
  level: "Cấp",
  best: "Dẫn đầu",
  worst: "Cuối bảng",
  league: "Xếp hạng",
  labels: {
    simulated: { name: "Mô phỏng", meaning: "có phần do máy tạo ra để minh họa, không phải số liệu thật" },
    imputed: { name: "Ước lượng", meaning: "có phần được suy ra, không in trong thông báo kết quả" },
  },
  loading: "Đang tải…",
  gaps: "Một phần số liệu đang thiếu:",
  retry: "Thử lại",
  troubles: {
    unauthenticated: "Mã truy cập đã hết hạn hoặc không hợp lệ. Hãy dán mã mới.",
    forbidden: "Mã truy cập này không có quyền đọc số liệu (cần quyền reporting:read).",
    unreachable: "Không kết nối được với máy chủ. Hãy kiểm tra bonphu có đang chạy không rồi thử lại.",
    unavailable: "Máy chủ đang chạy nhưng dịch vụ số liệu tạm thời không trả lời. Hãy thử lại sau ít phút.",
    refused: "Máy chủ từ chối câu hỏi này.",
  },
};

const en: Words = {
  title: "Campaign dashboard",
  otherLanguage: "Tiếng Việt",
  queries: "Queries (GraphiQL)",
  token: "Access token",
  tokenHint: "Paste your access token here",
  tokenWhere: "The token is kept in this browser tab only. “bonphu up” prints one for reading; this makes another:",
  tokenUse: "Show the figures",
  tokenForget: "Forget the token",
  campaign: "Campaign",
  noCampaigns: "This token sees no campaign. Ask for one that names your unit.",
  noCampaign: "There is no such campaign, or this token may not see it.",
  noUnit: "This unit is not part of the campaign, or this token may not see it.",
  decision: (number, day) => `Document No. ${number} of ${day}`,
  period: (first, last) => `${first} to ${last}, both included`,
  pause: (first, last, indicators) => `Paused ${first} – ${last} (${indicators})`,
  day: "Figures up to the end of",
  dayBefore: "Day before",
  dayAfter: "Day after",
  latest: "Latest",
  asOfDay: (day) => `Up to the end of ${day}`,
  path: "Path of units",
  levels: {
    COUNTRY: "country", PROVINCE: "province", DISTRICT: "district", COMMUNE: "commune",
    RESIDENTIAL_AREA: "residential area", TEAM: "team", BODY: "body",
  },
  levelsMany: {
    COUNTRY: "Countries", PROVINCE: "Provinces", DISTRICT: "Districts", COMMUNE: "Communes",
    RESIDENTIAL_AREA: "Residential areas", TEAM: "Teams", BODY: "Bodies",
  },
  below: (level) => `${level} below`,
  tableHint: "Choose a unit's name to look inside, a column's heading to sort.",
  unit: "Unit",
  sortBy: (what) => `Sort by ${what}`,
  rank: "rank",
  rankOf: (rank, of) => `rank ${rank} of ${of}`,
  quota: "Quota",
  achieved: "Achieved",
  ofQuota: (achieved, quota) => `${achieved} of ${quota}`,
  exempt: "Exempt",
  declined: "Declined",
  outstanding: "Outstanding",
  adjustedRate: "Rate without exempt cases",
  coverage: "Reported",
  coverageOf: (reported, expected) => `${reported} of ${expected} units`,
  lastReport: "Latest report",
  reasons: "Reasons for exemption",
  suppressed: "withheld",
  unknown: "not known",
  noRate: "no rate",
  noFigures: "This token sees no figures of this unit; choose one of the units below.",
  noChildren: "There are no units below with figures.",
  indicator: "Indicator",
  level: "Level",
  best: "Ahead",
  worst: "Behind",
  league: "League table",
  labels: {
    simulated: { name: "Simulated", meaning: "partly made up by a program as an illustration, not real data" },
    imputed: { name: "Imputed", meaning: "partly inferred, not printed in the notice of results" },
  },
  loading: "Loading…",
  gaps: "Part of the figures is missing:",
  retry: "Try again",
  troubles: {
    unauthenticated: "The access token has expired or is not valid. Paste a new one.",
    forbidden: "This access token may not read figures (it needs reporting:read).",
    unreachable: "The server cannot be reached. See whether bonphu is running, then try again.",
    unavailable: "The server runs, but the service that holds the figures does not answer. Try again in a moment.",
    refused: "The server refused this question.",
  },
};

export const WORDS: Record<Language, Words> = { vi, en };
