import type { UserCard } from "@parley/protocol";
import { X } from "lucide-react";
import { t } from "../../i18n/t.ts";
import { IconButton } from "./icon-button.tsx";

/** Those who were chosen so far, each with a way out. */
export function PickedPeople({ label, people, onChange }: PickedPeopleProps) {
  if (people.length === 0) return null;
  return (
    <ul className="picked" aria-label={label}>
      {people.map((person) => (
        <li key={person.userId} className="picked-person">
          {person.displayName}
          <IconButton
            icon={X}
            label={t("newGroup.unpick", { name: person.displayName })}
            onClick={() => onChange(people.filter(({ userId }) => userId !== person.userId))}
          />
        </li>
      ))}
    </ul>
  );
}

interface PickedPeopleProps {
  readonly label: string;
  readonly people: readonly UserCard[];
  readonly onChange: (people: readonly UserCard[]) => void;
}
