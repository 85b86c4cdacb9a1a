import { setTimeout as pause } from "node:timers/promises";
import type { Verdict } from "../_util/verdict.ts";
import { type Fault, Lacking, type Scene } from "./fault.ts";
import { Talk } from "./talk.ts";

/** Of a talk that nothing disturbs, before the fault. */
const BEFORE_MS = 1_500;
/** In which all has to be well again after the end of a fault. */
export const CONVERGED_WITHIN_MS = 30_000;

/** What became of one fault. */
export interface Trial {
  readonly name: string;
  readonly fault: Fault;
  /** Why it was left out; nothing else was found out then. */
  readonly lacks: string | null;
  readonly acknowledged: number;
  readonly verdict: Verdict;
  readonly slowestMs: number;
  /** From the end of the fault; null when it did not come about. */
  readonly convergedMs: number | null;
  /** What shows that the fault was there. */
  readonly noticed: string | null;
  /** What ended the trial before its time. */
  readonly failure: string | null;
}

const UNTRIED = {
  lacks: null,
  acknowledged: 0,
  verdict: { lost: [], doubled: [], misplaced: [], differing: [] },
  slowestMs: 0,
  convergedMs: null,
  noticed: null,
  failure: null,
} satisfies Partial<Trial>;

/** Nothing lost, doubled or out of its place, everybody the same within the time, and the fault was there. */
export function isPassed({ lacks, verdict, convergedMs, noticed, failure }: Trial): boolean {
  if (lacks !== null) return true;
  const { lost, doubled, misplaced, differing } = verdict;
  if (lost.length + doubled.length + misplaced.length + differing.length > 0) return false;
  return failure === null && noticed !== null && convergedMs !== null && convergedMs <= CONVERGED_WITHIN_MS;
}

/** `opened` is told of what has to be closed if the process ends before its time. */
export async function tryFault(name: string, fault: Fault, opened: (scene: Scene | null) => void): Promise<Trial> {
  const nothing: Trial = { ...UNTRIED, name, fault };
  let scene: Scene;
  try {
    scene = await fault.open();
  } catch (error) {
    return error instanceof Lacking ? { ...nothing, lacks: error.message } : { ...nothing, failure: String(error) };
  }
  opened(scene);
  const tried = { ...nothing, ...(await talkThrough(scene, fault)) };
  try {
    await scene.close();
  } catch (error) {
    return { ...tried, failure: tried.failure ?? `not closed: ${String(error)}` };
  } finally {
    opened(null);
  }
  return tried;
}

async function talkThrough(scene: Scene, { textBytes }: Fault): Promise<Partial<Trial>> {
  let talk: Talk | null = null;
  try {
    talk = await Talk.meet(scene.wsUrls, textBytes);
    return await strike(scene, talk);
  } catch (error) {
    return { acknowledged: talk?.acknowledged ?? 0, failure: String(error) };
  } finally {
    await talk?.leave();
  }
}

async function strike(scene: Scene, talk: Talk): Promise<Partial<Trial>> {
  talk.begin();
  await pause(BEFORE_MS);
  const beganAt = performance.now();
  const noticed = await scene.strike(talk);
  const endedAt = performance.now();
  const mended = scene.mend?.();
  // Told below.
  mended?.catch(() => {});
  await talk.end();
  try {
    await mended;
    await talk.converged();
    const verdict = await talk.judge();
    const convergedMs = performance.now() - endedAt;
    return { noticed, verdict, convergedMs, ...counts(talk, beganAt, endedAt) };
  } catch (error) {
    return { noticed, failure: String(error), verdict: await talk.judge(), ...counts(talk, beganAt, endedAt) };
  }
}

const counts = (talk: Talk, beganAt: number, endedAt: number) => ({
  acknowledged: talk.acknowledged,
  slowestMs: talk.slowestMs(beganAt, endedAt),
});
