import { toHex } from "./bytes.ts";

/** Arithmetic on native BigInt for RSA. Not constant in time: every key that it is used with serves once. */
export function toBigInt(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${toHex(bytes)}`);
}

/** Big-endian, left-padded to `length`. */
export function fromBigInt(value: bigint, length: number): Uint8Array {
  const hex = value.toString(16).padStart(length * 2, "0");
  return Uint8Array.from({ length }, (_, i) => Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16));
}

const WINDOW_BITS = 5;

/** Fixed windows: a fifth of the multiplications of plain square-and-multiply. */
export function modPow(base: bigint, exponent: bigint, modulus: bigint): bigint {
  const reduced = base % modulus;
  const powers = [1n];
  for (let i = 1; i < 2 ** WINDOW_BITS; i++) powers.push(((powers[i - 1] as bigint) * reduced) % modulus);
  let result = 1n;
  for (const digit of exponent.toString(2 ** WINDOW_BITS)) {
    for (let i = 0; i < WINDOW_BITS; i++) result = (result * result) % modulus;
    result = (result * (powers[Number.parseInt(digit, 2 ** WINDOW_BITS)] as bigint)) % modulus;
  }
  return result;
}

/** Extended Euclid; the two must have no common factor. */
export function modInverse(value: bigint, modulus: bigint): bigint {
  let [r, nextR] = [modulus, value % modulus];
  let [t, nextT] = [0n, 1n];
  while (nextR !== 0n) {
    const quotient = r / nextR;
    [r, nextR] = [nextR, r - quotient * nextR];
    [t, nextT] = [nextT, t - quotient * nextT];
  }
  if (r !== 1n) throw new RangeError("has no inverse");
  return t < 0n ? t + modulus : t;
}
