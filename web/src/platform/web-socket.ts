import type { OpenSocket } from "@parley/protocol/client";

/** The browser's own WebSocket. It sends no cookies of ours, since there are none. */
export const webSocket: OpenSocket = (url, protocols, events) => {
  const socket = new WebSocket(url, [...protocols]);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => events.opened(socket.protocol);
  socket.onmessage = ({ data }) => events.received(data instanceof ArrayBuffer ? new Uint8Array(data) : null);
  // `close` follows every `error`, and tells all that a page may know.
  socket.onclose = ({ code, reason }) => events.closed(code, reason);
  return {
    send: (bytes) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(bytes as Uint8Array<ArrayBuffer>);
    },
    close: (code, reason) => socket.close(code, reason),
  };
};
