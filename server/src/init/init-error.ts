/** What is wrong with an answer, or with the folder; the message names the option. */
export class InitError extends Error {
  override readonly name = "InitError";
}
