/**
 * Nothing runs but our own files: no inline scripts or styles, no frames around us. `wasm-unsafe-eval` is for argon2
 * in the sign-in; workers make RSA keys; ws: and wss: are named since older browsers do not count them as 'self'.
 * Files are read from where the object store is.
 */
function contentSecurityPolicy(objectsOrigin: string | null): string {
  const store = objectsOrigin === null ? "" : ` ${objectsOrigin}`;
  return [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self'",
    "style-src 'self'",
    `img-src 'self' data: blob:${store}`,
    `media-src 'self' blob:${store}`,
    "font-src 'self'",
    "manifest-src 'self'",
    `connect-src 'self' ws: wss:${store}`,
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** `objectsOrigin`: of the object store, where it is not this server. */
export function securityHeaders(objectsOrigin: string | null) {
  return {
    "content-security-policy": contentSecurityPolicy(objectsOrigin),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    // Nobody's resolver learns what links people write; and a browser looks one up again with each frame drawn under the mouse.
    "x-dns-prefetch-control": "off",
    "permissions-policy": "camera=(self), microphone=(self), display-capture=(self), geolocation=()",
  } as const;
}

/** Of answers that no page is made of. */
export const SECURITY_HEADERS = securityHeaders(null);
