import { useState } from "preact/hooks";

import type { ChildUnit, Figure, Indicator } from "../questions.ts";
import { byRate } from "../rates.ts";
import { Labels } from "./Labels.tsx";
import { useReader } from "./reader.ts";
import { UnitLink } from "./UnitLink.tsx";

/** What the table is sorted by: the code (null), or an indicator's rate, which is the order of ranks. */
interface Order {
  indicator: string | null;
  highestFirst: boolean;
}

/** The units below, a row each, a column per indicator. On a narrow screen only the chosen indicator shows. */
export function UnitTable({
  indicators,
  units,
  chosen,
  said,
}: {
  indicators: readonly Indicator[];
  units: readonly ChildUnit[];
  chosen: Indicator;
  /** Labels of the whole campaign: they stand above already. */
  said: readonly string[];
}) {
  const { words, go } = useReader();
  const [order, setOrder] = useState<Order>({ indicator: null, highestFirst: false });
  const levels = [...new Set(units.map((child) => words.levelsMany[child.unit.level]))].join(", ");
  const sorted = sort(units, order);

  const sortBy = (indicator: string | null) => {
    const again = order.indicator === indicator;
    setOrder({ indicator, highestFirst: again ? !order.highestFirst : indicator !== null });
    if (indicator !== null) go({ indicator });
  };
  const direction = (indicator: string | null) => {
    if (order.indicator !== indicator) return "none";
    return order.highestFirst ? "descending" : "ascending";
  };

  return (
    <section class="panel unit-table">
      <div class="table-scroll" role="region" aria-label={words.below(levels)} tabIndex={0}>
        <table>
          <caption>
            {words.below(levels)} ({units.length})<span class="hint">{words.tableHint}</span>
          </caption>
          <thead>
            <tr>
              <th scope="col" aria-sort={direction(null)}>
                <SortButton name={words.unit} direction={direction(null)} onClick={() => sortBy(null)} />
              </th>
              {indicators.map((indicator) => (
                <th
                  key={indicator.code}
                  scope="col"
                  class={indicator.code === chosen.code ? "number chosen" : "number"}
                  aria-sort={direction(indicator.code)}
                >
                  <SortButton
                    name={indicator.name}
                    direction={direction(indicator.code)}
                    onClick={() => sortBy(indicator.code)}
                  />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sorted.map((child) => (
              <tr key={child.unit.code}>
                <th scope="row">
                  <UnitLink unit={child.unit} /> <span class="code">{child.unit.code}</span>
                </th>
                {indicators.map((indicator) => (
                  <td key={indicator.code} class={indicator.code === chosen.code ? "number chosen" : "number"}>
                    <RateCell figure={figureOf(child, indicator.code)} said={said} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function SortButton({ name, direction, onClick }: { name: string; direction: string; onClick: () => void }) {
  const { words } = useReader();
  const arrow = { none: "↕", ascending: "↑", descending: "↓" }[direction];
  return (
    <button type="button" class="sort" title={words.sortBy(name)} onClick={onClick}>
      {name} <span aria-hidden="true">{arrow}</span>
    </button>
  );
}

function RateCell({ figure, said }: { figure: Figure | null; said: readonly string[] }) {
  const { words, count, rate } = useReader();
  if (!figure) return <span class="unknown">{words.unknown}</span>;
  return (
    <>
      <span class="rate">{figure.rate ? rate(figure.rate) : <span class="unknown">{words.noRate}</span>}</span>
      <span class="counts">{words.ofQuota(count(figure.achieved), count(figure.quota))}</span>
      <span class="cell-foot">
        {figure.rank !== null && (
          <span class="rank">
            {words.rank} {count(figure.rank)}
          </span>
        )}
        <Labels labels={figure.labels.filter((label) => !said.includes(label))} />
      </span>
    </>
  );
}

function figureOf(child: ChildUnit, indicator: string): Figure | null {
  return child.figures.find((figure) => figure.indicator.code === indicator) ?? null;
}

function sort(units: readonly ChildUnit[], order: Order): readonly ChildUnit[] {
  const { indicator, highestFirst } = order;
  if (indicator !== null) return byRate(units, (child) => figureOf(child, indicator)?.rate ?? null, highestFirst);
  return highestFirst ? [...units].reverse() : units;
}
