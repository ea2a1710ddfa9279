import {
  CHILDREN,
  UNIT,
  type Campaign,
  type ChildrenAnswer,
  type ChildUnit,
  type UnitAnswer,
} from "../questions.ts";
import { IndicatorCard } from "./IndicatorCard.tsx";
import { LeagueTable } from "./LeagueTable.tsx";
import { useReader } from "./reader.ts";
import { GapsNote, TroubleNote } from "./TroubleNote.tsx";
import { UnitPath } from "./UnitPath.tsx";
import { UnitTable } from "./UnitTable.tsx";
import { useAnswer, type AskMore } from "./useAnswer.ts";

/** One unit on one day: its figures, the units below it, and who is ahead. */
export function UnitBoard({
  campaign,
  unit,
  onToken,
}: {
  campaign: Campaign;
  unit: string;
  onToken: (token: string) => void;
}) {
  const { token, place, words } = useReader();
  const day = place.day ?? campaign.asOf;
  const variables = { campaign: campaign.code, unit, day };
  const asked = useAnswer<UnitAnswer>(UNIT, variables, token, withAllChildren);

  if (asked.trouble) return <TroubleNote trouble={asked.trouble} onRetry={asked.retry} onToken={onToken} />;
  if (!asked.answer) return <p class="loading">{words.loading}</p>;
  const view = asked.answer.data.campaign?.unit;
  if (!view) return <p class="panel">{words.noUnit}</p>;

  const children = view.children.edges.map((edge) => edge.node);
  const indicator = campaign.indicators.find((one) => one.code === place.indicator) ?? campaign.indicators[0];
  const figures = new Map(view.figures.map((figure) => [figure.indicator.code, figure]));
  return (
    <div class="unit-board" aria-busy={asked.loading}>
      <UnitPath ancestors={view.ancestors.map((ancestor) => ancestor.unit)} unit={view.unit} />
      <GapsNote gaps={asked.answer.gaps} />
      {view.figures.length ? (
        <div class="cards">
          {campaign.indicators.map((one) => {
            const figure = figures.get(one.code);
            return figure && <IndicatorCard key={one.code} indicator={one} figure={figure} timeZone={campaign.timeZone} />;
          })}
        </div>
      ) : (
        <p class="panel">{words.noFigures}</p>
      )}
      {children.length > 0 && indicator && (
        <div class="below">
          <UnitTable indicators={campaign.indicators} units={children} chosen={indicator} said={campaign.labels} />
          <LeagueTable campaign={campaign.code} within={view.unit} levels={levelsBelow(children)} indicator={indicator} indicators={campaign.indicators} day={day} />
        </div>
      )}
    </div>
  );
}

/** The levels that a league table below makes sense for: the children's, and communes across districts. */
function levelsBelow(children: readonly ChildUnit[]) {
  const levels = [...new Set(children.map((child) => child.unit.level))];
  return levels.includes("DISTRICT") && !levels.includes("COMMUNE") ? [...levels, "COMMUNE" as const] : levels;
}

async function withAllChildren(found: UnitAnswer, variables: Record<string, unknown>, askMore: AskMore) {
  const children = found.campaign?.unit?.children;
  let page = children?.pageInfo;
  while (children && page?.hasNextPage) {
    const next = await askMore<ChildrenAnswer>(CHILDREN, { ...variables, after: page.endCursor });
    children.edges.push(...(next.campaign?.unit?.children.edges ?? []));
    page = next.campaign?.unit?.children.pageInfo;
  }
  return found;
}
