import { describeBusCut } from "./_util/bus-cut.ts";
import { startRedis } from "./_util/redis.ts";

describeBusCut("a bus of Redis", startRedis);
