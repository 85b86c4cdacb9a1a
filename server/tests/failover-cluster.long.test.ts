import { describeFailover } from "./_util/failover.ts";
import { startReplicatedCluster } from "./_util/replicated.ts";

describeFailover("its cluster", startReplicatedCluster);
