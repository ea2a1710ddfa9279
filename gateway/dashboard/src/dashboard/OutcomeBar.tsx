import type { Figure } from "../questions.ts";

/** What became of the quota, in proportion. Decoration: the numbers stand beside it. */
export function OutcomeBar({ figure }: { figure: Figure }) {
  const { quota } = figure;
  if (!quota) return <div class="bar" aria-hidden="true" />;
  const parts = (["achieved", "exempt", "declined"] as const).map((kind) => ({ kind, value: figure[kind] ?? 0 }));
  const whole = Math.max(quota, parts.reduce((sum, part) => sum + part.value, 0));
  return (
    <div class="bar" aria-hidden="true">
      {parts.map(({ kind, value }) => value > 0 && <span key={kind} class={kind} style={{ width: `${(100 * value) / whole}%` }} />)}
    </div>
  );
}
