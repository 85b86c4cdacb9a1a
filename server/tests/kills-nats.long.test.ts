import { describeKills, WHOLE } from "./_util/kills.ts";
import { startNats } from "./_util/nats.ts";

describeKills("NATS", startNats, WHOLE);
