import type { BusMessage } from "../../src/bus/bus.ts";
import { IpcBus } from "../../src/bus/ipc.ts";
import { Pipe, parentEnd } from "../../src/pipe.ts";

/** A process with an end of the bus, which does what its parent tells it and tells what it hears. */
const pipe = new Pipe(parentEnd());
const bus = new IpcBus(pipe);
bus.listen({
  message: (message) => pipe.tell("heard", message),
  hole: (channel) => pipe.tell("hole", channel),
});
pipe.onTell("publish", (message) => bus.publish(message as BusMessage));
pipe.onAsk("answers", () => bus.answers());
pipe.onAsk("close", () => bus.close());
