import type { Bus, BusListener, BusMessage } from "../../src/bus/bus.ts";
import type { IpcHub } from "../../src/bus/ipc-hub.ts";
import { type Forked, forkUtility } from "./forked.ts";

/** The end of a bus that another process has. */
export interface RemoteBus extends Bus {
  readonly forked: Forked;
}

export function openRemoteBus(hub: IpcHub): RemoteBus {
  const forked = forkUtility("bus-process");
  const { pipe } = forked;
  hub.add(pipe);
  let listener: BusListener | null = null;
  pipe.onTell("heard", (message) => listener?.message(message as BusMessage));
  pipe.onTell("hole", (channel) => listener?.hole(channel as number | null));
  return {
    forked,
    publish: (message) => pipe.tell("publish", message),
    listen(heard) {
      listener = heard;
    },
    answers: async () => (await pipe.ask("answers", null)) as boolean,
    close: async () => void (await pipe.ask("close", null)),
  };
}
