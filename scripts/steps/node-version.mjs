/** The oldest Node that runs Parley: 20.19 is the first 20 whose `require(esm)` and test runner we rely on. */
const OLDEST = [20, 19];

/** Undefined where this Node will do, else what to tell the person. Written so that even a very old Node parses it. */
export function nodeVersionProblem(version) {
  const [major, minor] = version.split(".").map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return undefined;
  return `Parley needs Node ${OLDEST.join(".")} or later; this is ${version}. Get a current one from https://nodejs.org and run npm start again.`;
}
