/** Where the reader stands: campaign, unit, day, indicator, language. It lives in the address, so that it can be sent on. */

import { isDay, type Language } from "./formats.ts";

export interface Place {
  campaign: string | null;
  unit: string | null;
  day: string | null;
  indicator: string | null;
  language: Language;
}

const NAMED = ["campaign", "unit", "day", "indicator"] as const;

export function readPlace(search: string): Place {
  const given = new URLSearchParams(search);
  const day = given.get("day");
  return {
    campaign: given.get("campaign") || null,
    unit: given.get("unit") || null,
    day: day !== null && isDay(day) ? day : null,
    indicator: given.get("indicator") || null,
    language: given.get("lang") === "en" ? "en" : "vi",
  };
}

export function writePlace(place: Place): string {
  const named = new URLSearchParams();
  for (const name of NAMED) {
    const value = place[name];
    if (value !== null) named.set(name, value);
  }
  if (place.language !== "vi") named.set("lang", place.language);
  const search = named.toString();
  return search ? `?${search}` : "";
}
