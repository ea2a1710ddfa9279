import {
  CAMPAIGN,
  CAMPAIGNS,
  startingUnit,
  type CampaignAnswer,
  type CampaignName,
  type CampaignsAnswer,
} from "../questions.ts";
import { CampaignHead } from "./CampaignHead.tsx";
import { useReader } from "./reader.ts";
import { GapsNote, TroubleNote } from "./TroubleNote.tsx";
import { UnitBoard } from "./UnitBoard.tsx";
import { useAnswer, type AskMore } from "./useAnswer.ts";

/** The campaign that was chosen, the first one unless one was. */
export function CampaignBoard({ onToken }: { onToken: (token: string) => void }) {
  const { token, place, go, words } = useReader();
  const campaigns = useAnswer<CampaignsAnswer>(CAMPAIGNS, {}, token, allCampaigns);
  const names: CampaignName[] = campaigns.answer?.data.campaigns.edges.map((edge) => edge.node) ?? [];
  const code = place.campaign ?? names[0]?.code ?? null;
  const chosen = useAnswer<CampaignAnswer>(CAMPAIGN, code === null ? null : { campaign: code }, token);

  const asked = campaigns.trouble ? campaigns : chosen;
  if (asked.trouble) return <TroubleNote trouble={asked.trouble} onRetry={asked.retry} onToken={onToken} />;
  if (campaigns.answer && !names.length) return <p class="panel">{words.noCampaigns}</p>;
  if (!campaigns.answer || !chosen.answer) return <p class="loading">{words.loading}</p>;

  const campaign = chosen.answer.data.campaign;
  const picker = names.length > 1 && (
    <label class="picker">
      {words.campaign}
      <select
        value={code ?? ""}
        onChange={(event) => go({ campaign: event.currentTarget.value, unit: null, day: null, indicator: null })}
      >
        {names.map((name) => (
          <option key={name.code} value={name.code}>
            {name.name}
          </option>
        ))}
      </select>
    </label>
  );
  if (!campaign) {
    return (
      <>
        {picker}
        <p class="panel">{words.noCampaign}</p>
      </>
    );
  }
  const unit = place.unit ?? startingUnit(campaign);
  return (
    <>
      {picker}
      <CampaignHead campaign={campaign} />
      <GapsNote gaps={[...campaigns.answer.gaps, ...chosen.answer.gaps]} />
      {unit === null ? (
        <p class="panel">{words.noUnit}</p>
      ) : (
        <UnitBoard campaign={campaign} unit={unit} onToken={onToken} />
      )}
    </>
  );
}

async function allCampaigns(found: CampaignsAnswer, variables: Record<string, unknown>, askMore: AskMore) {
  const { edges } = found.campaigns;
  let page = found.campaigns.pageInfo;
  while (page.hasNextPage) {
    const next = await askMore<CampaignsAnswer>(CAMPAIGNS, { ...variables, after: page.endCursor });
    edges.push(...next.campaigns.edges);
    page = next.campaigns.pageInfo;
  }
  return found;
}
