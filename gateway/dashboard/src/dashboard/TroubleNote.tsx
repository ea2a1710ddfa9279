import type { Trouble } from "../graph.ts";
import { useReader } from "./reader.ts";
import { TokenBox } from "./TokenBox.tsx";

/** What went wrong, in a sentence, and the way out. */
export function TroubleNote({
  trouble,
  onRetry,
  onToken,
}: {
  trouble: Trouble;
  onRetry: () => void;
  onToken?: (token: string) => void;
}) {
  const { words } = useReader();
  const needsToken = trouble.kind === "unauthenticated" || trouble.kind === "forbidden";
  return (
    <>
      <div class="trouble" role="alert">
        <p>
          {words.troubles[trouble.kind]}
          {trouble.kind === "refused" && <span class="detail"> {trouble.message}</span>}
        </p>
        {!needsToken && (
          <button type="button" onClick={onRetry}>
            {words.retry}
          </button>
        )}
      </div>
      {needsToken && onToken && <TokenBox onToken={onToken} />}
    </>
  );
}

/** Which parts of an answer are missing. */
export function GapsNote({ gaps }: { gaps: string[] }) {
  const { words } = useReader();
  if (!gaps.length) return null;
  return (
    <div class="trouble" role="alert">
      <p>{words.gaps}</p>
      <ul>
        {[...new Set(gaps)].slice(0, 5).map((gap) => (
          <li key={gap}>{gap}</li>
        ))}
      </ul>
    </div>
  );
}
