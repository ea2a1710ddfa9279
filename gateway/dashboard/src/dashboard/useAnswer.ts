import { useCallback, useEffect, useState } from "preact/hooks";

import { ask, Trouble, type Answer } from "../graph.ts";

export interface Asked<Data> {
  /** The latest answer; it stays while the next one is under way. */
  answer: Answer<Data> | null;
  trouble: Trouble | null;
  loading: boolean;
  retry: () => void;
}

/** Asks one more question for the same answer, and gives its data. */
export type AskMore = <Data>(question: string, variables: Record<string, unknown>) => Promise<Data>;

/** Asks whenever question or variables change; null variables ask nothing.
 * `finish` (the same function every time) may complete what came. */
export function useAnswer<Data>(
  question: string,
  variables: Record<string, unknown> | null,
  token: string,
  finish?: (data: Data, variables: Record<string, unknown>, askMore: AskMore) => Promise<Data>,
): Asked<Data> {
  const [answer, setAnswer] = useState<Answer<Data> | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [loading, setLoading] = useState(variables !== null);
  const [attempt, setAttempt] = useState(0);
  const key = variables === null ? null : JSON.stringify(variables);

  useEffect(() => {
    if (key === null) {
      setAnswer(null);
      setTrouble(null);
      setLoading(false);
      return undefined;
    }
    const stop = new AbortController();
    setLoading(true);
    const asked = JSON.parse(key) as Record<string, unknown>;
    const askMore: AskMore = async <More>(more: string, about: Record<string, unknown>) =>
      (await ask<More>(more, about, token, stop.signal)).data;
    ask<Data>(question, asked, token, stop.signal)
      .then(async (found) => (finish ? { ...found, data: await finish(found.data, asked, askMore) } : found))
      .then(
        (found) => {
          if (stop.signal.aborted) return;
          setAnswer(found);
          setTrouble(null);
          setLoading(false);
        },
        (fault: unknown) => {
          if (stop.signal.aborted) return;
          setTrouble(fault instanceof Trouble ? fault : new Trouble("refused", String(fault)));
          setLoading(false);
        },
      );
    return () => stop.abort();
  }, [question, key, token, attempt, finish]);

  const retry = useCallback(() => setAttempt((count) => count + 1), []);
  return { answer, trouble, loading, retry };
}
