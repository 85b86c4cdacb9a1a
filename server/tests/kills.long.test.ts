import { describeKills, WHOLE } from "./_util/kills.ts";

describeKills("its publish/subscribe", async () => null, WHOLE);
