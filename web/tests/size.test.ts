import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const SITE = new URL("../../dist/site/", import.meta.url);
const ASSETS = fileURLToPath(new URL("assets/", SITE));
const INITIAL_MAX_BYTES = 250 * 1024;

function read(file: string): string {
  return readFileSync(`${ASSETS}${file}`, "utf8");
}

/** A script with everything that it imports at once; what it imports later does not count. */
function closure(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, imported] of read(file).matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) {
    if (imported !== undefined) closure(imported, found);
  }
  return found;
}

function gzipped(files: Iterable<string>): number {
  return [...files].reduce((sum, file) => sum + gzipSync(read(file), { level: 9 }).length, 0);
}

describe("the site", () => {
  const html = readFileSync(new URL("index.html", SITE), "utf8");
  const entry = basename(/<script[^>]+src="([^"]+)"/.exec(html)?.[1] ?? "");

  it("what a page fetches before anybody touches it is at most 250 KB of scripts and styles, with either provider", () => {
    const styles = [...html.matchAll(/href="\/assets\/([^"]+\.css)"/g)].flatMap(([, file]) => file ?? []);
    assert.ok(styles.length > 0);
    for (const provider of ["crypto-web", "crypto-pure"]) {
      const chunk = readdirSync(ASSETS).find((file) => file.startsWith(`${provider}-`));
      assert.ok(chunk);
      const size = gzipped([...closure(chunk, closure(entry)), ...styles]);
      console.log(`at the start with ${provider}: ${(size / 1024).toFixed(1)} KB gzip`);
      assert.ok(size <= INITIAL_MAX_BYTES, `${size} bytes`);
    }
  });

  it("has no inline script or style, so that the content security policy needs no exception", () => {
    assert.doesNotMatch(html, /<script(?![^>]*\ssrc=)|<style|\son\w+=|\sstyle=/);
  });

  it("neither node-forge nor argon2 comes with the start", () => {
    for (const file of closure(entry)) assert.doesNotMatch(file, /forge|argon2/);
  });
});
