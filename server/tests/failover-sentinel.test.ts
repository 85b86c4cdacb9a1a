import { describeFailover } from "./_util/failover.ts";
import { startReplicated } from "./_util/replicated.ts";

describeFailover("Sentinel", startReplicated);
