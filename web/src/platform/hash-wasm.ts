/** A module of its own: only these two come along, and only when a file is sent or read. */
export { createMD5, createSHA256 } from "hash-wasm";
