import { type FileHttp, fetchHttp } from "@parley/protocol/client";

/** The HTTP of one client, over real sockets, that a test listens to and breaks. */
export class CountedHttp implements FileHttp {
  /** Of bodies that the store took. */
  sentBytes = 0;
  readBytes = 0;
  /** PUTs that the line carries before it is cut. */
  putsLeft = Number.POSITIVE_INFINITY;
  /** Bytes of answers that the line carries before it is cut. */
  readLeft = Number.POSITIVE_INFINITY;
  /** Where the bytes went. */
  readonly origins = new Set<string>();
  readonly #http = fetchHttp(fetch);

  async put(request: Parameters<FileHttp["put"]>[0]) {
    if (this.putsLeft-- <= 0) throw new TypeError("The line is cut");
    this.origins.add(new URL(request.url).origin);
    const answer = await this.#http.put(request);
    if (answer.status === 200) this.sentBytes += request.body.length;
    return answer;
  }

  async get(request: Parameters<FileHttp["get"]>[0]) {
    const { status, body } = await this.#http.get(request);
    return { status, body: this.#counted(body) };
  }

  async *#counted(body: AsyncIterable<Uint8Array>) {
    for await (const piece of body) {
      if (piece.length > this.readLeft) {
        this.readLeft = Number.POSITIVE_INFINITY;
        throw new TypeError("The line is cut");
      }
      this.readLeft -= piece.length;
      this.readBytes += piece.length;
      yield piece;
    }
  }
}
