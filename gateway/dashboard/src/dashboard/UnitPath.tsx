import type { UnitName } from "../questions.ts";
import { useReader } from "./reader.ts";
import { UnitLink } from "./UnitLink.tsx";

/** From the campaign's top unit down to this one. */
export function UnitPath({ ancestors, unit }: { ancestors: UnitName[]; unit: UnitName }) {
  const { words } = useReader();
  return (
    <nav class="unit-path" aria-label={words.path}>
      <ol>
        {ancestors.map((ancestor) => (
          <li key={ancestor.code}>
            <UnitLink unit={ancestor} />
          </li>
        ))}
        <li>
          <h2 aria-current="page">{unit.name}</h2> <span class="code">{unit.code}</span>
        </li>
      </ol>
    </nav>
  );
}
