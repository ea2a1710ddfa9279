/** Asks the gateway's graph, and turns whatever goes wrong into one of a few kinds of trouble. */

export type TroubleKind = "unauthenticated" | "forbidden" | "unreachable" | "unavailable" | "refused";

export class Trouble extends Error {
  readonly kind: TroubleKind;

  constructor(kind: TroubleKind, detail: string) {
    super(detail);
    this.kind = kind;
  }
}

export interface Answer<Data> {
  data: Data;
  /** What is missing from the data, in the server's words; the rest of it stands. */
  gaps: string[];
}

interface GraphError {
  message: string;
  extensions?: { code?: string };
}

const KIND_BY_CODE: Record<string, TroubleKind> = {
  unauthenticated: "unauthenticated",
  scope_missing: "forbidden",
  dependency_unavailable: "unavailable",
  not_yet_consistent: "unavailable",
};

/** Raises Trouble; an answer that lacks a part comes with its gaps. */
export async function ask<Data>(
  question: string,
  variables: Record<string, unknown>,
  token: string,
  signal: AbortSignal,
): Promise<Answer<Data>> {
  let response: Response;
  let body: string;
  try {
    response = await fetch("/graphql", {
      method: "POST",
      headers: {
        Accept: "application/graphql-response+json, application/json",
        "Content-Type": "application/json",
        Authorization: `Bearer ${token}`,
      },
      body: JSON.stringify({ query: question, variables }),
      credentials: "omit",
      signal,
    });
    body = await response.text();
  } catch (fault) {
    if (signal.aborted) throw fault;
    throw new Trouble("unreachable", String(fault));
  }
  const answer = parsed(body);
  const errors = answer?.errors ?? [];
  if (answer?.data != null) return { data: answer.data as Data, gaps: errors.map((error) => error.message) };
  const first = errors[0];
  const code = first?.extensions?.code ?? answer?.code ?? "";
  const detail = first?.message ?? answer?.detail ?? `HTTP ${response.status}`;
  throw new Trouble(KIND_BY_CODE[code] ?? kindOfStatus(response.status), detail);
}

interface Body {
  data?: unknown;
  errors?: GraphError[];
  code?: string;
  detail?: string;
}

function parsed(body: string): Body | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" ? (value as Body | null) : null;
  } catch {
    return null;
  }
}

function kindOfStatus(status: number): TroubleKind {
  if (status === 401) return "unauthenticated";
  if (status === 403) return "forbidden";
  if (status === 502 || status === 504) return "unreachable";
  if (status === 429 || status >= 500) return "unavailable";
  return "refused";
}
