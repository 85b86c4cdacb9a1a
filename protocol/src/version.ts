/**
 * Version of the wire: raised whenever a schema changes in a way that an older peer would notice.
 * `schema-hash.test.ts` pins the hash of all schemas to it, so the wire cannot change by accident.
 */
export const PROTOCOL_VERSION = 1;
