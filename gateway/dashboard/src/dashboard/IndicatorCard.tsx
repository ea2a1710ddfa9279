import { formatMoment } from "../formats.ts";
import type { FullFigure, Indicator } from "../questions.ts";
import { Labels } from "./Labels.tsx";
import { OutcomeBar } from "./OutcomeBar.tsx";
import { useReader } from "./reader.ts";

/** Everything that is known of one indicator of the unit. */
export function IndicatorCard({
  indicator,
  figure,
  timeZone,
}: {
  indicator: Indicator;
  figure: FullFigure;
  timeZone: string;
}) {
  const { words, count, rate, language } = useReader();
  const outcomes = [
    { kind: "exempt", name: words.exempt, value: figure.exempt },
    { kind: "declined", name: words.declined, value: figure.declined },
    { kind: "outstanding", name: words.outstanding, value: figure.outstanding },
  ];
  return (
    <section class="card panel" aria-label={indicator.name}>
      <header>
        <h3>{indicator.name}</h3>
        {figure.rank !== null && figure.rankedOf !== null && (
          <span class="rank">{words.rankOf(count(figure.rank), count(figure.rankedOf))}</span>
        )}
      </header>
      <p class="big">{figure.rate === null ? <span class="unknown">{words.noRate}</span> : rate(figure.rate)}</p>
      <p class="counts">
        <strong>{figure.achieved === null ? words.unknown : count(figure.achieved)}</strong> / {count(figure.quota)}{" "}
        {indicator.measure}
      </p>
      <OutcomeBar figure={figure} />
      <dl>
        {outcomes.map(({ kind, name, value }) => (
          <div key={kind}>
            <dt>
              <span class={`swatch ${kind}`} aria-hidden="true" />
              {name}
            </dt>
            <dd>{value === null ? <span class="unknown">{words.unknown}</span> : count(value)}</dd>
          </div>
        ))}
        {figure.adjustedRate !== null && figure.exempt !== null && (
          <div>
            <dt>{words.adjustedRate}</dt>
            <dd>{rate(figure.adjustedRate)}</dd>
          </div>
        )}
        <div>
          <dt>{words.coverage}</dt>
          <dd>{words.coverageOf(count(figure.coverage.reported), count(figure.coverage.expected))}</dd>
        </div>
        {figure.lastReceivedAt !== null && (
          <div>
            <dt>{words.lastReport}</dt>
            <dd>{formatMoment(figure.lastReceivedAt, timeZone, language)}</dd>
          </div>
        )}
      </dl>
      {figure.exemptions.length > 0 && (
        <details>
          <summary>{words.reasons}</summary>
          <table class="reasons">
            <tbody>
              {figure.exemptions.map((exemption) => (
                <tr key={exemption.reason}>
                  <th scope="row">{exemption.name}</th>
                  <td>{exemption.suppressed ? words.suppressed : count(exemption.count)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
      <Labels labels={figure.labels} />
    </section>
  );
}
