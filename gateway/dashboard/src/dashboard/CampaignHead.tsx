import { addDays, formatDay, formatLongDay } from "../formats.ts";
import type { Campaign } from "../questions.ts";
import { Labels } from "./Labels.tsx";
import { useReader } from "./reader.ts";

/** The campaign's name, decision, days and labels, and the day that is looked at. */
export function CampaignHead({ campaign }: { campaign: Campaign }) {
  const { words, language, place, go } = useReader();
  const day = place.day ?? campaign.asOf;
  const names = new Map(campaign.indicators.map((indicator) => [indicator.code, indicator.name]));
  const clamped = (wanted: string) =>
    wanted < campaign.firstDay ? campaign.firstDay : wanted > campaign.asOf ? campaign.asOf : wanted;
  const show = (wanted: string) => {
    const next = clamped(wanted);
    go({ day: next === campaign.asOf ? null : next });
  };
  return (
    <section class="campaign-head">
      <h1>{campaign.name}</h1>
      <p class="facts">
        {campaign.decision && (
          <span>{words.decision(campaign.decision.number, formatLongDay(campaign.decision.date, language))}</span>
        )}
        <span>{words.period(formatDay(campaign.firstDay, language), formatDay(campaign.lastDay, language))}</span>
        {campaign.pauses.map((pause) => (
          <span key={pause.firstDay + pause.indicators.join()} title={pause.reason}>
            {words.pause(
              formatDay(pause.firstDay, language),
              formatDay(pause.lastDay, language),
              pause.indicators.length
                ? pause.indicators.map((code) => names.get(code) ?? code).join("; ")
                : campaign.indicators.map((indicator) => indicator.name).join("; "),
            )}
          </span>
        ))}
      </p>
      <Labels labels={campaign.labels} explained />
      <div class="day-box">
        <label for="day">{words.day}</label>
        <div class="day-controls">
          <button type="button" aria-label={words.dayBefore} title={words.dayBefore} disabled={day <= campaign.firstDay} onClick={() => show(addDays(day, -1))}>
            ‹
          </button>
          <input
            id="day"
            type="date"
            min={campaign.firstDay}
            max={campaign.asOf}
            value={day}
            onChange={(event) => event.currentTarget.value && show(event.currentTarget.value)}
          />
          <button type="button" aria-label={words.dayAfter} title={words.dayAfter} disabled={day >= campaign.asOf} onClick={() => show(addDays(day, 1))}>
            ›
          </button>
          {day !== campaign.asOf && (
            <button type="button" onClick={() => show(campaign.asOf)}>
              {words.latest}
            </button>
          )}
          <span class="long-day">{formatLongDay(day, language)}</span>
        </div>
      </div>
    </section>
  );
}
