import type { ChatId, UserId } from "@parley/protocol";

/**
 * Read and delivered markers. A field belongs to one life of one node, which alone writes it, upwards; the marker is the
 * highest of a subject's fields. So a marker never goes back, without any comparison at the store.
 */
export function markerField(subject: UserId | ChatId, nodeId: string): string {
  return `${subject}:${nodeId}`;
}

/** Subject -> marker. */
export function highestMarkers(fields: Readonly<Record<string, string>>): Map<string, number> {
  const highest = new Map<string, number>();
  for (const [field, text] of Object.entries(fields)) {
    const subject = field.slice(0, field.indexOf(":"));
    highest.set(subject, Math.max(highest.get(subject) ?? 0, Number(text)));
  }
  return highest;
}
