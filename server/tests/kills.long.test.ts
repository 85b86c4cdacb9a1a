import { describeKills } from "./_util/kills.ts";

describeKills("its publish/subscribe", async () => null);
