import type { FileHttp } from "./file-http.ts";

/** URLs without host are of the server that the client speaks with: the built-in object service is there. */
export function ownServerHttp(http: FileHttp, serverUrl: string): FileHttp {
  return {
    put: (request) => http.put({ ...request, url: absoluteUrl(request.url, serverUrl) }),
    get: (request) => http.get({ ...request, url: absoluteUrl(request.url, serverUrl) }),
  };
}

/** `serverUrl`: of the WebSocket. */
export function absoluteUrl(url: string, serverUrl: string): string {
  return new URL(url, serverUrl.replace(/^ws/, "http")).href;
}

/** Do bytes sent to URLs of this server leave in the clear? This machine's own are a secure context to browsers, too. */
export function isSecureServer(serverUrl: string): boolean {
  const { protocol, hostname } = new URL(serverUrl);
  return protocol === "wss:" || hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}
