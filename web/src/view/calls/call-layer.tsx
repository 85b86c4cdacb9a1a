import { observer } from "mobx-react-lite";
import type { Calls } from "../../model/calls/calls.ts";
import { CallLobby } from "./call-lobby.tsx";
import { CallScreen } from "./call-screen.tsx";
import { CallSounds } from "./call-sounds.tsx";
import { IncomingCall } from "./incoming-call.tsx";

/** What calls put over everything. */
export const CallLayer = observer(function CallLayer({ calls }: { calls: Calls }) {
  const { current, incoming } = calls;
  return (
    <>
      {current !== null && <CallSounds current={current} />}
      {current !== null && current.phase === "lobby" && <CallLobby current={current} />}
      {current !== null && current.phase !== "lobby" && !current.minimised && <CallScreen current={current} />}
      {incoming !== null && <IncomingCall key={incoming.callId} call={incoming} calls={calls} />}
    </>
  );
});
