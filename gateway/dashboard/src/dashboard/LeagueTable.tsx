import { useState } from "preact/hooks";

import { RANKING, type Indicator, type Level, type RankedUnit, type RankingAnswer, type UnitName } from "../questions.ts";
import { useReader } from "./reader.ts";
import { TroubleNote } from "./TroubleNote.tsx";
import { UnitLink } from "./UnitLink.tsx";
import { useAnswer } from "./useAnswer.ts";

/** Who is ahead and who is behind in one indicator, among the units of one level inside a unit. */
export function LeagueTable({
  campaign,
  within,
  levels,
  indicator,
  indicators,
  day,
}: {
  campaign: string;
  within: UnitName;
  levels: readonly Level[];
  indicator: Indicator;
  indicators: readonly Indicator[];
  day: string;
}) {
  const { token, words, go } = useReader();
  const [wanted, setWanted] = useState<Level | null>(null);
  const level = wanted !== null && levels.includes(wanted) ? wanted : levels[0];
  const asked = useAnswer<RankingAnswer>(
    RANKING,
    level === undefined ? null : { campaign, indicator: indicator.code, level, within: within.code, day },
    token,
  );
  const found = asked.answer?.data.campaign;
  return (
    <section class="panel league" aria-busy={asked.loading}>
      <h3>{words.league}</h3>
      <div class="choices">
        <label>
          {words.indicator}
          <select value={indicator.code} onChange={(event) => go({ indicator: event.currentTarget.value })}>
            {indicators.map((one) => (
              <option key={one.code} value={one.code}>
                {one.name}
              </option>
            ))}
          </select>
        </label>
        {levels.length > 1 && (
          <label>
            {words.level}
            <select value={level} onChange={(event) => setWanted(event.currentTarget.value as Level)}>
              {levels.map((one) => (
                <option key={one} value={one}>
                  {words.levelsMany[one]}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      {asked.trouble && <TroubleNote trouble={asked.trouble} onRetry={asked.retry} />}
      {found && found.best.totalCount > 1 && (
        <div class="ends">
          <End name={words.best} kind="best" units={found.best.edges.map((edge) => edge.node)} within={within} />
          <End name={words.worst} kind="worst" units={found.worst.edges.map((edge) => edge.node)} within={within} />
        </div>
      )}
    </section>
  );
}

function End({ name, kind, units, within }: { name: string; kind: string; units: RankedUnit[]; within: UnitName }) {
  const { words, rate, count } = useReader();
  return (
    <div class={kind}>
      <h4>{name}</h4>
      <ol>
        {units.map(({ unit, parent, figure }) => (
          <li key={unit.code}>
            <span>
              <UnitLink unit={unit} />
              {parent && parent.unit.code !== within.code && <span class="parent">{parent.unit.name}</span>}
            </span>
            <span class="number">
              <span class="rate">{figure?.rate ? rate(figure.rate) : words.noRate}</span>
              {figure && <span class="counts">{words.ofQuota(count(figure.achieved), count(figure.quota))}</span>}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}
