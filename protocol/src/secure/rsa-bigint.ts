import type { Random } from "../platform.ts";
import { fromBigInt, modInverse, modPow, toBigInt } from "./big-integer.ts";
import { ChannelError } from "./channel-error.ts";
import { RSA_EXPONENT } from "./kem.ts";
import { oaepDecode } from "./oaep.ts";
import { randomPrime } from "./prime.ts";
import { pureHashing } from "./pure-hashing.ts";
import type { RsaKey, RsaProvider } from "./rsa.ts";

/** The two primes; everything else follows. */
export interface RsaPrimes {
  readonly p: bigint;
  readonly q: bigint;
}

const E = BigInt(RSA_EXPONENT);

/** RSA on native BigInt. Blocks for half a second when it makes a key: run it in a worker. */
export function bigintRsa(random: Random): RsaProvider {
  return { generate: (bits) => bigintRsaKey(generatePrimes(bits, random)) };
}

function generatePrimes(bits: number, random: Random): RsaPrimes {
  const p = primeFor(bits / 2, random);
  let q = primeFor(bits / 2, random);
  // Primes close to each other are found by Fermat's method (FIPS 186-5, A.1.3).
  while ((p > q ? p - q : q - p) >> BigInt(bits / 2 - 100) === 0n) q = primeFor(bits / 2, random);
  return { p, q };
}

/** 65537 is prime, so it is invertible unless it divides p - 1. */
function primeFor(bits: number, random: Random): bigint {
  for (;;) {
    const prime = randomPrime(bits, random);
    if ((prime - 1n) % E !== 0n) return prime;
  }
}

export function bigintRsaKey(primes: RsaPrimes): RsaKey {
  const { p, q } = primes;
  const modulus = p * q;
  const modulusBytes = modulus.toString(16).length / 2;
  let secrets: Crt | null = {
    p,
    q,
    dp: modInverse(E, p - 1n),
    dq: modInverse(E, q - 1n),
    qInverse: modInverse(q, p),
  };
  return {
    modulus: fromBigInt(modulus, modulusBytes),
    decrypt(ciphertext) {
      if (!secrets) throw new ChannelError("protocol_violation", "share is erased");
      const value = toBigInt(ciphertext);
      if (ciphertext.length !== modulusBytes || value >= modulus)
        throw new ChannelError("identity_error", "RSA ciphertext");
      return oaepDecode(pureHashing, fromBigInt(privatePower(value, secrets), modulusBytes));
    },
    erase() {
      secrets = null;
    },
  };
}

interface Crt extends RsaPrimes {
  readonly dp: bigint;
  readonly dq: bigint;
  readonly qInverse: bigint;
}

/** By the Chinese remainder theorem: two powers of half the length, four times as quick. */
function privatePower(value: bigint, { p, q, dp, dq, qInverse }: Crt): bigint {
  const modP = modPow(value, dp, p);
  const modQ = modPow(value, dq, q);
  const difference = (((modP - modQ) % p) + p) % p;
  return modQ + q * ((difference * qInverse) % p);
}
