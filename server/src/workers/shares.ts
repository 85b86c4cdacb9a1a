import type { Config } from "../config.ts";

/** Seconds, as the setting allows them at most. */
const SECONDS_MAX = 86_400;

/**
 * What one of several workers may do of what the machine may: new connections go round, so each sees its part of them.
 * Limits that protect the process itself, or that the store counts, are not shared out.
 */
export function shareOf(config: Config, workers: number): Config {
  return {
    ...config,
    registrationBurst: Math.ceil(config.registrationBurst / workers),
    registrationSeconds: Math.min(SECONDS_MAX, config.registrationSeconds * workers),
    fileRate: Math.ceil(config.fileRate / workers),
  };
}
