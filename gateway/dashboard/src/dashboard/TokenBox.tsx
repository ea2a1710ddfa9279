import type { TargetedSubmitEvent } from "preact";
import { useState } from "preact/hooks";

import { cleanToken } from "../token.ts";
import { useReader } from "./reader.ts";

const COMMAND = 'bonphu token --scope "reporting:read" --units "*"';

/** Asks for a token, which is then kept in this tab. */
export function TokenBox({ onToken }: { onToken: (token: string) => void }) {
  const { words } = useReader();
  const [pasted, setPasted] = useState("");
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const token = cleanToken(pasted);
    if (token) onToken(token);
  };
  return (
    <form class="token-box panel" onSubmit={submit} autocomplete="off">
      <h1>{words.token}</h1>
      <label for="token">{words.tokenHint}</label>
      <textarea
        id="token"
        rows={4}
        spellcheck={false}
        autocapitalize="off"
        value={pasted}
        placeholder="eyJ…"
        onInput={(event) => setPasted(event.currentTarget.value)}
      />
      <button type="submit" class="primary" disabled={!cleanToken(pasted)}>
        {words.tokenUse}
      </button>
      <p class="hint">{words.tokenWhere}</p>
      <pre>{COMMAND}</pre>
    </form>
  );
}
