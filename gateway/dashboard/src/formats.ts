/** Numbers, rates and days as Vietnamese documents write them (10.963; 55,14 %), and in English. */

export type Language = "vi" | "en";

const grouped = {
  vi: new Intl.NumberFormat("vi-VN", { maximumFractionDigits: 0 }),
  en: new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 }),
};

const MONTHS = [
  "January", "February", "March", "April", "May", "June",
  "July", "August", "September", "October", "November", "December",
];

export function formatCount(value: number, language: Language): string {
  return grouped[language].format(value);
}

/** The rate as the server printed it ("55,14"), with its sign. Nothing is rounded here. */
export function formatRate(printed: string, language: Language): string {
  const [whole = "", decimals] = printed.split(",");
  const mark = language === "vi" ? "," : ".";
  const number = formatCount(Number(whole), language) + (decimals === undefined ? "" : mark + decimals);
  return language === "vi" ? `${number}\u00a0%` : `${number}%`;
}

/** "2024-07-03" → "03/7/2024" or "3 Jul 2024". */
export function formatDay(day: string, language: Language): string {
  const [year = "", month = "", date = ""] = day.split("-");
  return language === "vi"
    ? `${date}/${vietnameseMonth(month)}/${year}`
    : `${Number(date)} ${(MONTHS[Number(month) - 1] ?? month).slice(0, 3)} ${year}`;
}

/** "2024-07-03" → "ngày 03 tháng 7 năm 2024" (Decree 30/2020) or "3 July 2024". */
export function formatLongDay(day: string, language: Language): string {
  const [year = "", month = "", date = ""] = day.split("-");
  return language === "vi"
    ? `ngày ${date} tháng ${vietnameseMonth(month)} năm ${year}`
    : `${Number(date)} ${MONTHS[Number(month) - 1] ?? month} ${year}`;
}

/** A moment in the time zone of the campaign, to the minute: "16:31, 03/7/2024". */
export function formatMoment(moment: string, timeZone: string, language: Language): string {
  // Swedish writes moments as ISO 8601 does.
  const [day = "", time = ""] = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" })
    .format(new Date(moment))
    .split(" ");
  return `${time}, ${formatDay(day, language)}`;
}

/** The day so many days later, before for negative ones. */
export function addDays(day: string, days: number): string {
  const moment = new Date(`${day}T00:00:00Z`);
  moment.setUTCDate(moment.getUTCDate() + days);
  return moment.toISOString().slice(0, 10);
}

export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const moment = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(text);
}

/** The decree pads days below 10 and the months 1 and 2, so that nothing can be written before them. */
function vietnameseMonth(month: string): string {
  return Number(month) <= 2 ? month : String(Number(month));
}
