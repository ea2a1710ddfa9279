import assert from "node:assert/strict";
import { test } from "node:test";

import { addDays, formatCount, formatDay, formatLongDay, formatMoment, formatRate, isDay } from "./formats.ts";

test("counts are grouped with dots in Vietnamese and commas in English", () => {
  assert.equal(formatCount(10963, "vi"), "10.963");
  assert.equal(formatCount(10963, "en"), "10,963");
});

test("a printed rate keeps its digits", () => {
  assert.equal(formatRate("55,14", "vi"), "55,14\u00a0%");
  assert.equal(formatRate("101,70", "en"), "101.70%");
  assert.equal(formatRate("1191,5", "vi"), "1.191,5\u00a0%");
  assert.equal(formatRate("55", "vi"), "55\u00a0%");
});

test("days are written as Decree 30/2020 has them", () => {
  assert.equal(formatLongDay("2024-07-03", "vi"), "ngày 03 tháng 7 năm 2024");
  assert.equal(formatLongDay("2024-02-13", "vi"), "ngày 13 tháng 02 năm 2024");
  assert.equal(formatDay("2024-07-03", "vi"), "03/7/2024");
  assert.equal(formatDay("2024-07-03", "en"), "3 Jul 2024");
});

test("a moment is told in the campaign's time zone", () => {
  assert.equal(formatMoment("2024-07-03T09:31:00Z", "Asia/Ho_Chi_Minh", "vi"), "16:31, 03/7/2024");
  assert.equal(formatMoment("2024-07-03T20:00:00Z", "Asia/Ho_Chi_Minh", "en"), "03:00, 4 Jul 2024");
});

test("a day is a day of the calendar", () => {
  assert.ok(isDay("2024-02-29"));
  assert.ok(!isDay("2023-02-29"));
  assert.ok(!isDay("2024-7-3"));
  assert.ok(!isDay("2024-07-00"));
});

test("days are added across months", () => {
  assert.equal(addDays("2024-06-30", 1), "2024-07-01");
  assert.equal(addDays("2024-03-01", -1), "2024-02-29");
});
