import { observer } from "mobx-react-lite";
import type { CurrentCall } from "../../model/calls/current-call.ts";
import type { Tile } from "../../model/calls/tiles.ts";
import { CallTile } from "./call-tile.tsx";

/**
 * Who is to be seen: of two the other one, with the own picture in a corner; of several all, each alike; one large and
 * the others beside it when somebody shares a screen or is asked to be large.
 */
export const CallStage = observer(function CallStage({ current }: { current: CurrentCall }) {
  const { tiles, pinned } = current;
  const large = largeOf(tiles, pinned);
  if (large !== undefined) {
    return (
      <div className="call-stage call-stage-large">
        <CallTile current={current} tile={large} main />
        <div className="call-strip">
          {tiles
            .filter((tile) => tile !== large)
            .map((tile) => (
              <CallTile key={tile.key} current={current} tile={tile} />
            ))}
        </div>
      </div>
    );
  }
  const [own, other] = [tiles.find((tile) => tile.own), tiles.find((tile) => !tile.own)];
  if (tiles.length <= 2) {
    return (
      <div className="call-stage call-stage-two">
        {other !== undefined && <CallTile key={other.key} current={current} tile={other} main />}
        {own !== undefined && <CallTile key={own.key} current={current} tile={own} small={other !== undefined} />}
      </div>
    );
  }
  const main = current.speakers.active ?? tiles.find((tile) => !tile.own)?.key;
  return (
    <div className="call-stage call-stage-grid" data-count={tiles.length}>
      {[...tiles]
        .sort((a, b) => Number(a.own) - Number(b.own))
        .map((tile) => (
          <CallTile key={tile.key} current={current} tile={tile} main={tile.key === main} />
        ))}
    </div>
  );
});

/** What a person has chosen, else a screen of another one. One's own is known already. */
function largeOf(tiles: readonly Tile[], pinned: string | null): Tile | undefined {
  const chosen = pinned === null ? undefined : tiles.find(({ key }) => key === pinned);
  return chosen ?? tiles.find(({ kind, own, video }) => kind === "screen" && !own && video !== undefined);
}
