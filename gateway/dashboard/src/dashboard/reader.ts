import { createContext } from "preact";
import { useContext } from "preact/hooks";

import { formatCount, formatRate, type Language } from "../formats.ts";
import type { Place } from "../place.ts";
import type { Rate } from "../questions.ts";
import { WORDS, type Words } from "../words.ts";

/** Who reads: the token, the place, the language, and the way to go elsewhere. */
export interface Reader {
  token: string;
  place: Place;
  language: Language;
  words: Words;
  go: (change: Partial<Place>) => void;
  /** The address of another place, so that links open in a new tab too. */
  href: (change: Partial<Place>) => string;
  count: (value: number | null) => string;
  rate: (rate: Rate | null) => string;
}

export const UNKNOWN = "–";

export const ReaderContext = createContext<Reader | null>(null);

export function useReader(): Reader {
  const reader = useContext(ReaderContext);
  if (reader === null) throw new Error("There is no reader around this component.");
  return reader;
}

export function formatsFor(language: Language): Pick<Reader, "language" | "words" | "count" | "rate"> {
  return {
    language,
    words: WORDS[language],
    count: (value) => (value === null ? UNKNOWN : formatCount(value, language)),
    rate: (rate) => (rate === null ? UNKNOWN : formatRate(rate.printed, language)),
  };
}
