import type {
  Access,
  ObjectAbilities,
  Objects,
  PartPlace,
  ShownAs,
  SignedBody,
  SignedRequest,
  StoredObject,
  StoredPart,
} from "./objects.ts";

/** A store whose driver is loaded when somebody first uses a file: most of an empty server's memory would be it. */
export class LazyObjects implements Objects {
  readonly description: string;
  readonly abilities: ObjectAbilities;
  readonly isHere = true;
  readonly hasRoom: Objects["hasRoom"];
  readonly #load: () => Promise<Objects>;
  #loading: Promise<Objects> | null = null;

  constructor(what: Pick<Objects, "description" | "abilities" | "hasRoom">, load: () => Promise<Objects>) {
    this.description = what.description;
    this.abilities = what.abilities;
    this.hasRoom = what.hasRoom;
    this.#load = load;
  }

  async signPut(key: string, what: SignedBody & { readonly type: string }, access: Access): Promise<SignedRequest> {
    return (await this.#loaded()).signPut(key, what, access);
  }

  async signPart(key: string, part: PartPlace & SignedBody, access: Access): Promise<SignedRequest> {
    return (await this.#loaded()).signPart(key, part, access);
  }

  async signGet(key: string, shown: ShownAs, access: Access): Promise<string> {
    return (await this.#loaded()).signGet(key, shown, access);
  }

  async startParts(key: string, type: string): Promise<string> {
    return (await this.#loaded()).startParts(key, type);
  }

  async listParts(key: string, uploadId: string): Promise<StoredPart[]> {
    return (await this.#loaded()).listParts(key, uploadId);
  }

  async joinParts(key: string, uploadId: string, parts: readonly StoredPart[]): Promise<boolean> {
    return (await this.#loaded()).joinParts(key, uploadId, parts);
  }

  async dropParts(key: string, uploadId: string): Promise<void> {
    return (await this.#loaded()).dropParts(key, uploadId);
  }

  async look(key: string): Promise<StoredObject | null> {
    return (await this.#loaded()).look(key);
  }

  async readStart(key: string, length: number): Promise<Uint8Array> {
    return (await this.#loaded()).readStart(key, length);
  }

  async copy(from: string, to: string): Promise<void> {
    return (await this.#loaded()).copy(from, to);
  }

  async shut(key: string): Promise<void> {
    return (await this.#loaded()).shut(key);
  }

  async delete(key: string): Promise<void> {
    return (await this.#loaded()).delete(key);
  }

  async close(): Promise<void> {
    await (await this.#loading)?.close();
  }

  #loaded(): Promise<Objects> {
    this.#loading ??= this.#load();
    return this.#loading;
  }
}
