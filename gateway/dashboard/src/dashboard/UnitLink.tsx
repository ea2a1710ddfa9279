import type { UnitName } from "../questions.ts";
import { useReader } from "./reader.ts";

/** The name of a unit, which leads to it without loading the page again. */
export function UnitLink({ unit }: { unit: UnitName }) {
  const { go, href } = useReader();
  const there = { unit: unit.code };
  return (
    <a
      href={href(there)}
      onClick={(event) => {
        if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        go(there);
        scrollTo({ top: 0 });
      }}
    >
      {unit.name}
    </a>
  );
}
