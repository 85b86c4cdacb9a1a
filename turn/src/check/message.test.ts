import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ATTRIBUTE,
  addressOf,
  attributeOf,
  decodeMessage,
  encodeMessage,
  errorCodeOf,
  hasIntegrity,
  longTermKey,
  METHOD,
  type Message,
  xorAddress,
} from "./message.ts";

/** RFC 5769, 2.4: a request with long-term credentials. */
const LONG_TERM = Buffer.from(
  "000100602112a44278ad3433c6ad72c029da412e00060012e3839ee38388e383aae38383e382afe382b900000015001c662f2f3439396b393534" +
    "64364f4c33346f4c394653547679363473410014000b6578616d706c652e6f72670000080014f67024656dd64a3e02b8e0712e85c9a28ca89666",
  "hex",
);
/** RFC 5769, 2.2 and 2.3: answers with addresses, with a MAC under the password itself and a checksum. */
const IPV4_ANSWER = Buffer.from(
  "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643000800142b91f599fd9e" +
    "90c38c7489f92af9ba53f06be7d780280004c07d4c96",
  "hex",
);
const IPV6_ANSWER = Buffer.from(
  "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000140002a1470113a9faa5d3f179bc25f4b5bed2" +
    "b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c",
  "hex",
);
const SHORT_TERM_KEY = Buffer.from("VOkJxbRl1RmTxUk/WvJxBt");

function decoded(bytes: Buffer): Message {
  const message = decodeMessage(bytes);
  assert.ok(message !== undefined);
  return message;
}

test("RFC 5769: the MAC of long-term credentials, made and checked", () => {
  // The password of the vector after SASLprep.
  const key = longTermKey("マトリックス", "example.org", "TheMatrIX");
  const message = decoded(LONG_TERM);
  assert.equal(attributeOf(message, ATTRIBUTE.username)?.toString(), "マトリックス");
  assert.ok(hasIntegrity(LONG_TERM, key));
  assert.ok(!hasIntegrity(LONG_TERM, longTermKey("マトリックス", "example.com", "TheMatrIX")));
  const attributes = message.attributes.filter(([type]) => type !== ATTRIBUTE.messageIntegrity);
  const again = encodeMessage({ ...message, attributes }, key);
  // Ours has a checksum after the MAC; so only the length differs before it.
  assert.deepEqual(again.subarray(4, LONG_TERM.length), LONG_TERM.subarray(4));
  assert.ok(hasIntegrity(again, key));
});

test("RFC 5769: addresses of both families, MACs and checksums", () => {
  for (const [bytes, address] of [
    [IPV4_ANSWER, "192.0.2.1"],
    [IPV6_ANSWER, "2001:db8:1234:5678:11:2233:4455:6677"],
  ] as const) {
    const message = decoded(bytes);
    assert.equal(message.class, "success");
    assert.deepEqual(addressOf(message, ATTRIBUTE.xorMappedAddress), { address, port: 32_853 });
    assert.ok(hasIntegrity(bytes, SHORT_TERM_KEY));
    const mapped = xorAddress({ address, port: 32_853 }, message.transaction);
    assert.deepEqual(mapped, attributeOf(message, ATTRIBUTE.xorMappedAddress));
  }
  const { class: kind, method, transaction } = decoded(IPV4_ANSWER);
  assert.equal(method, 1);
  const plain = encodeMessage({ class: kind, method, transaction, attributes: [] });
  assert.equal(decoded(plain).attributes[0]?.[0], ATTRIBUTE.fingerprint);
});

test("method and class survive their odd interleaving", () => {
  for (const kind of ["request", "indication", "success", "error"] as const) {
    for (const method of [...Object.values(METHOD), 0xfff]) {
      const message = { class: kind, method, transaction: Buffer.alloc(12, 7), attributes: [] };
      const back = decoded(encodeMessage(message));
      assert.deepEqual([back.class, back.method], [kind, method]);
    }
  }
});

test("what is no message is none: cut, lengthened, of another protocol", () => {
  for (let length = 0; length < LONG_TERM.length; length += 1) {
    assert.equal(decodeMessage(LONG_TERM.subarray(0, length)), undefined);
  }
  assert.equal(decodeMessage(Buffer.concat([LONG_TERM, Buffer.alloc(4)])), undefined);
  assert.equal(decodeMessage(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")), undefined);
  const tooLong = Buffer.from(LONG_TERM);
  tooLong.writeUInt16BE(0x0fff, 22);
  assert.equal(decodeMessage(tooLong), undefined);
});

test("the code of an error is read; none is 0", () => {
  const errorWith = (value: Buffer): Message => ({
    class: "error",
    method: METHOD.allocate,
    transaction: Buffer.alloc(12),
    attributes: [[ATTRIBUTE.errorCode, value]],
  });
  assert.equal(errorCodeOf(errorWith(Buffer.from([0, 0, 4, 86, 81]))), 486);
  assert.equal(errorCodeOf(errorWith(Buffer.alloc(2))), 0);
});
