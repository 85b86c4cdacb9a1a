import { Search, X } from "lucide-react";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import type { PeopleSearch } from "../../model/people-search.ts";
import { IconButton } from "../parts/icon-button.tsx";
import { focusNeighbour, openFirst } from "./focus-neighbour.ts";

export const SearchBox = observer(function SearchBox({ search }: { search: PeopleSearch }) {
  return (
    <search className="search">
      <Search aria-hidden="true" />
      <input
        type="text"
        inputMode="search"
        enterKeyHint="search"
        aria-label={t("nav.search")}
        placeholder={t("nav.search")}
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        value={search.text}
        onChange={(event) => search.type(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape" && search.text !== "") {
            search.type("");
            event.stopPropagation();
          }
          if (event.key === "ArrowDown") focusNeighbour(event, 1);
          if (event.key === "Enter" && !event.nativeEvent.isComposing) openFirst(event);
        }}
      />
      {search.text !== "" && <IconButton icon={X} label={t("nav.searchClear")} onClick={() => search.type("")} />}
    </search>
  );
});
