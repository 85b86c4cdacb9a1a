import { describeBusCut } from "./_util/bus-cut.ts";
import { startNats } from "./_util/nats.ts";

describeBusCut("a bus of NATS", startNats);
