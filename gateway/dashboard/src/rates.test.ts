import assert from "node:assert/strict";
import { test } from "node:test";

import { byRate, compareRates } from "./rates.ts";

const HUGE = 2 ** 53 - 1;

test("rates that no floating point number can tell apart are told apart", () => {
  assert.equal(compareRates({ numerator: HUGE - 2, denominator: HUGE - 1 }, { numerator: HUGE - 1, denominator: HUGE }), -1);
});

test("what has no rate comes last in either order", () => {
  const rows = [null, { numerator: 1, denominator: 2 }, { numerator: 3, denominator: 4 }];
  assert.deepEqual(byRate(rows, (row) => row, true), [rows[2], rows[1], null]);
  assert.deepEqual(byRate(rows, (row) => row, false), [rows[1], rows[2], null]);
});
