import { useReader } from "./reader.ts";

/** Plain words for what is not a plain fact; a label that has no words here is shown as it is. */
export function Labels({ labels, explained = false }: { labels: readonly string[]; explained?: boolean }) {
  const { words } = useReader();
  if (!labels.length) return null;
  return (
    <ul class={explained ? "labels explained" : "labels"}>
      {labels.map((label) => {
        const known = words.labels[label];
        return (
          <li key={label} class={`label label-${label}`} title={known?.meaning}>
            <strong>{known?.name ?? label}</strong>
            {explained && known && `: ${known.meaning}`}
          </li>
        );
      })}
    </ul>
  );
}
