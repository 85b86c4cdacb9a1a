import { busContract } from "./bus.contract.ts";
import { createLocalBus } from "./local.ts";

busContract("local", async () => [createLocalBus()]);
