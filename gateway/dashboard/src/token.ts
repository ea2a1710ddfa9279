/** The reader's bearer token: kept for this tab only, never in an address, a cookie or the local storage. */

const KEY = "bonphu-token";

export function storedToken(): string {
  return sessionStorage.getItem(KEY) ?? "";
}

export function storeToken(token: string): void {
  if (token) sessionStorage.setItem(KEY, token);
  else sessionStorage.removeItem(KEY);
}

/** What was pasted, without a leading "Bearer", blanks and line breaks. */
export function cleanToken(pasted: string): string {
  return pasted.replace(/^\s*Bearer\s+/i, "").replace(/\s+/g, "");
}
