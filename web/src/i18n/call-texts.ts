import { enCalls } from "./en/calls-later.ts";
import { addTexts, t } from "./t.ts";

addTexts({ calls: enCalls });

/** The texts of calls are there for whoever takes `t` from here. */
export { t };
