import assert from "node:assert/strict";
import { test } from "node:test";

import { readPlace, writePlace } from "./place.ts";

test("a place survives its address", () => {
  const place = { campaign: "c-1", unit: "70", day: "2024-07-03", indicator: "cccd", language: "en" } as const;
  assert.deepEqual(readPlace(writePlace(place)), place);
});

test("an address that says nothing is Vietnamese and nowhere", () => {
  const place = readPlace("?day=yesterday&token=abc");
  assert.deepEqual(place, { campaign: null, unit: null, day: null, indicator: null, language: "vi" });
  assert.equal(writePlace(place), "");
});
