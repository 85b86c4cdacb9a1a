import { describeFileFlow } from "./_util/file-flow.ts";

describeFileFlow("the built-in service", async () => ({ settings: {}, origin: null }));
