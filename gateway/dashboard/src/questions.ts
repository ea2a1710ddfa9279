/** The questions that the dashboard asks, and the shapes of their answers. */

export type Level = "COUNTRY" | "PROVINCE" | "DISTRICT" | "COMMUNE" | "RESIDENTIAL_AREA" | "TEAM" | "BODY";

export interface UnitName {
  code: string;
  name: string;
  level: Level;
}

export interface Rate {
  numerator: number;
  denominator: number;
  printed: string;
}

export interface Figure {
  indicator: { code: string };
  quota: number | null;
  achieved: number | null;
  exempt: number | null;
  declined: number | null;
  outstanding: number | null;
  rate: Rate | null;
  rank: number | null;
  rankedOf: number | null;
  coverage: { reported: number; expected: number };
  labels: string[];
}

export interface Exemption {
  reason: string;
  name: string;
  count: number | null;
  suppressed: boolean;
}

export interface FullFigure extends Figure {
  adjustedRate: Rate | null;
  lastDay: string | null;
  lastReceivedAt: string | null;
  exemptions: Exemption[];
}

export interface Indicator {
  code: string;
  name: string;
  measure: string;
}

export interface Pause {
  firstDay: string;
  lastDay: string;
  indicators: string[];
  reason: string;
}

interface Connection<Node> {
  totalCount: number;
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  edges: { node: Node }[];
}

export interface CampaignName {
  code: string;
  name: string;
}

export interface CampaignsAnswer {
  campaigns: Connection<CampaignName>;
}

export const CAMPAIGNS = `query Campaigns($after: String) {
  campaigns(first: 100, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    edges { node { code name } }
  }
}`;

export interface Campaign {
  code: string;
  name: string;
  firstDay: string;
  lastDay: string;
  timeZone: string;
  asOf: string;
  labels: string[];
  decision: { number: string; date: string } | null;
  pauses: Pause[];
  indicators: Indicator[];
  units: { edges: { node: { unit: { code: string }; ancestors: { unit: { code: string } }[] } }[] };
}

export interface CampaignAnswer {
  campaign: Campaign | null;
}

export const CAMPAIGN = `query Campaign($campaign: String!) {
  campaign(code: $campaign) {
    code name firstDay lastDay timeZone asOf labels
    decision { number date }
    pauses { firstDay lastDay indicators reason }
    indicators { code name measure }
    units(first: 1) { edges { node { unit { code } ancestors { unit { code } } } } }
  }
}`;

/** The unit that the reader starts at: the campaign's top one, with or without a figure to see. */
export function startingUnit(campaign: Campaign): string | null {
  const node = campaign.units.edges[0]?.node;
  return node?.ancestors[0]?.unit.code ?? node?.unit.code ?? null;
}

const FIGURE = `fragment F on Figure {
  indicator { code }
  quota achieved exempt declined outstanding
  rate { numerator denominator printed }
  rank rankedOf coverage { reported expected } labels
}`;

export interface ChildUnit {
  unit: UnitName;
  figures: Figure[];
}

export interface UnitView {
  unit: UnitName;
  ancestors: { unit: UnitName }[];
  figures: FullFigure[];
  children: Connection<ChildUnit>;
}

export interface UnitAnswer {
  campaign: { unit: UnitView | null } | null;
}

export const UNIT = `query Unit($campaign: String!, $unit: String!, $day: Date) {
  campaign(code: $campaign) {
    unit(code: $unit) {
      unit { code name level }
      ancestors { unit { code name level } }
      figures(asOf: $day) {
        ...F
        adjustedRate { numerator denominator printed }
        lastDay lastReceivedAt
        exemptions { reason name count suppressed }
      }
      children(first: 100) {
        totalCount pageInfo { hasNextPage endCursor }
        edges { node { unit { code name level } figures(asOf: $day) { ...F } } }
      }
    }
  }
}
${FIGURE}`;

export interface ChildrenAnswer {
  campaign: { unit: { children: Connection<ChildUnit> } | null } | null;
}

export const CHILDREN = `query Children($campaign: String!, $unit: String!, $day: Date, $after: String) {
  campaign(code: $campaign) {
    unit(code: $unit) {
      children(first: 100, after: $after) {
        totalCount pageInfo { hasNextPage endCursor }
        edges { node { unit { code name level } figures(asOf: $day) { ...F } } }
      }
    }
  }
}
${FIGURE}`;

export interface RankedUnit {
  unit: UnitName;
  parent: { unit: UnitName } | null;
  figure: Figure | null;
}

export interface RankingAnswer {
  campaign: { best: Connection<RankedUnit>; worst: Connection<RankedUnit> } | null;
}

export const RANKING = `query Ranking($campaign: String!, $indicator: String!, $level: UnitLevel!, $within: String, $day: Date) {
  campaign(code: $campaign) {
    best: ranking(indicator: $indicator, level: $level, within: $within, asOf: $day, order: BEST, first: 5) { ...R }
    worst: ranking(indicator: $indicator, level: $level, within: $within, asOf: $day, order: WORST, first: 5) { ...R }
  }
}
fragment R on CampaignUnitConnection {
  totalCount pageInfo { hasNextPage endCursor }
  edges { node { unit { code name level } parent { unit { code name level } } figure(indicator: $indicator, asOf: $day) { ...F } } }
}
${FIGURE}`;
