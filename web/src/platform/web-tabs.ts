import type { TabChannel } from "@parley/protocol/client";

/** The tabs of this browser hear each other over a BroadcastChannel, where it is missing over `storage` events. */
export function webTabs(name: string): TabChannel {
  return typeof BroadcastChannel === "function" ? broadcastTabs(name) : storageTabs(name);
}

function broadcastTabs(name: string): TabChannel {
  const channel = new BroadcastChannel(name);
  return {
    post: (message) => channel.postMessage(message),
    listen(heard) {
      const onMessage = ({ data }: MessageEvent) => heard(data);
      channel.addEventListener("message", onMessage);
      return () => channel.removeEventListener("message", onMessage);
    },
  };
}

function storageTabs(name: string): TabChannel {
  return {
    post(message) {
      try {
        // The time makes each value another one: the event is sent for changes only.
        localStorage.setItem(name, JSON.stringify({ at: performance.now(), message }));
        localStorage.removeItem(name);
      } catch {
        // A full or forbidden storage: a post may be lost.
      }
    },
    listen(heard) {
      const onStorage = ({ key, newValue }: StorageEvent) => {
        if (key === name && newValue !== null) heard(JSON.parse(newValue).message);
      };
      addEventListener("storage", onStorage);
      return () => removeEventListener("storage", onStorage);
    },
  };
}
