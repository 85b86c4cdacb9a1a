import type { Random } from "../platform.ts";
import { modPow, toBigInt } from "./big-integer.ts";

/** Sieving by primes up to here leaves one candidate in fourteen for the costly test. */
const SIEVE_LIMIT = 3000;
/** Odd numbers tried from one random start: a prime of 1,024 bits is nearly always among them. */
const SPAN = 2048;
/** For random candidates of this size five rounds leave less than 2^-100 (FIPS 186-5, table B.1). */
const ROUNDS = 8;

const smallPrimes = sieveUpTo(SIEVE_LIMIT);

/** A random prime of exactly so many bits, its two top bits set, so that the product of two has full length. */
export function randomPrime(bits: number, random: Random): bigint {
  for (;;) {
    const start = randomOdd(bits, random);
    const composite = markComposites(start);
    for (let step = 0; step < SPAN; step++) {
      const candidate = start + BigInt(2 * step);
      if (composite[step] === 0 && candidate >> BigInt(bits) === 0n && isProbablyPrime(candidate, random)) {
        return candidate;
      }
    }
  }
}

function randomOdd(bits: number, random: Random): bigint {
  const bytes = random.bytes(bits / 8);
  bytes[0] = (bytes[0] as number) | 0xc0;
  bytes[bytes.length - 1] = (bytes.at(-1) as number) | 1;
  return toBigInt(bytes);
}

/** Which of start, start + 2, ... have a small factor. */
function markComposites(start: bigint): Uint8Array {
  const composite = new Uint8Array(SPAN);
  for (const prime of smallPrimes) {
    const remainder = Number(start % BigInt(prime));
    // The first step s with remainder + 2s divisible by the prime; (prime + 1) / 2 is the inverse of 2.
    const first = ((prime - remainder) * ((prime + 1) / 2)) % prime;
    for (let step = first; step < SPAN; step += prime) composite[step] = 1;
  }
  return composite;
}

/** Miller-Rabin with random bases. */
export function isProbablyPrime(candidate: bigint, random: Random): boolean {
  const last = candidate - 1n;
  let odd = last;
  let twos = 0;
  for (; (odd & 1n) === 0n; odd >>= 1n) twos++;
  const bytes = Math.ceil(candidate.toString(16).length / 2);
  for (let round = 0; round < ROUNDS; round++) {
    const base = (toBigInt(random.bytes(bytes)) % (candidate - 3n)) + 2n;
    if (!passesRound(modPow(base, odd, candidate), twos, candidate, last)) return false;
  }
  return true;
}

function passesRound(power: bigint, twos: number, candidate: bigint, last: bigint): boolean {
  if (power === 1n || power === last) return true;
  let square = power;
  for (let i = 1; i < twos; i++) {
    square = (square * square) % candidate;
    if (square === last) return true;
  }
  return false;
}

/** Odd primes. */
function sieveUpTo(limit: number): number[] {
  const composite = new Uint8Array(limit + 1);
  const primes: number[] = [];
  for (let n = 3; n <= limit; n += 2) {
    if (composite[n]) continue;
    primes.push(n);
    for (let multiple = n * n; multiple <= limit; multiple += n) composite[multiple] = 1;
  }
  return primes;
}
