import { describeAcrossNodes } from "./_util/across-nodes.ts";
import { startNats } from "./_util/nats.ts";

describeAcrossNodes("NATS", startNats);
