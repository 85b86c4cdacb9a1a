/** A module of its own: only argon2 comes along, and only when a password is typed. */
export { argon2id } from "hash-wasm";
