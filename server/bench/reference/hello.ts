/**
 * First message of each side. Client: how the keys are agreed ‖ nonce[32] ‖ (X25519 public key[32]). Server: nonce[32]
 * ‖ (X25519 public key[32]).
 */
export const HELLO_TOKEN = 0;
export const HELLO_X25519 = 1;
export const NONCE_BYTES = 32;

/** The secret behind all tokens: both programs are ours. */
export const TOKEN_SECRET = new Uint8Array(32).fill(7);
/** What every reference user's password makes. */
export const USER_VERIFIER = Buffer.alloc(32, 9);
