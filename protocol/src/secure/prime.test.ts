import assert from "node:assert/strict";
import { checkPrimeSync } from "node:crypto";
import { test } from "node:test";
import { fromBigInt, modInverse, modPow, toBigInt } from "./big-integer.ts";
import { isProbablyPrime, randomPrime } from "./prime.ts";
import { webRandom } from "./web-random.ts";

test("primes have the length asked for, both top bits, and OpenSSL agrees that they are prime", () => {
  for (const bits of [256, 512]) {
    const prime = randomPrime(bits, webRandom);
    assert.equal(prime >> BigInt(bits - 2), 3n);
    assert.equal(checkPrimeSync(prime), true);
  }
});

test("composites that fool weaker tests are found", () => {
  // Carmichael numbers and strong pseudoprimes to base 2.
  for (const composite of [561n, 41041n, 825265n, 2047n, 3215031751n, 3825123056546413051n]) {
    assert.equal(isProbablyPrime(composite, webRandom), false, `${composite}`);
  }
  for (const prime of [65537n, 2n ** 127n - 1n, 2n ** 521n - 1n]) assert.equal(isProbablyPrime(prime, webRandom), true);
});

test("powers and inverses", () => {
  assert.equal(modPow(3n, 0n, 7n), 1n);
  assert.equal(modPow(123456789n, 65537n, 2n ** 127n - 1n), slowPow(123456789n, 65537, 2n ** 127n - 1n));
  assert.equal((modInverse(65537n, 2n ** 127n - 1n) * 65537n) % (2n ** 127n - 1n), 1n);
  assert.throws(() => modInverse(6n, 9n), RangeError);
});

test("numbers to bytes and back, with leading zeros", () => {
  assert.deepEqual(fromBigInt(258n, 4), Uint8Array.of(0, 0, 1, 2));
  assert.equal(toBigInt(Uint8Array.of(0, 0, 1, 2)), 258n);
  assert.equal(toBigInt(new Uint8Array(0)), 0n);
});

function slowPow(base: bigint, exponent: number, modulus: bigint): bigint {
  let result = 1n;
  for (let i = 0; i < exponent; i++) result = (result * base) % modulus;
  return result;
}
