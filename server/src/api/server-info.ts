import { limits, type ServerInfo } from "@parley/protocol";
import type { ServiceDeps } from "../domain/service-deps.ts";

export function serverInfo({ config, clock }: ServiceDeps): ServerInfo {
  return {
    version: config.version,
    features: [],
    limits: {
      textBytes: limits.TEXT_MAX_BYTES,
      mentions: limits.MENTIONS_MAX,
      groupMembers: limits.GROUP_MEMBERS_MAX,
      groupCreate: limits.GROUP_CREATE_MAX,
      groupName: limits.GROUP_NAME_MAX,
      chatsPerUser: limits.CHATS_PER_USER_MAX,
      historyPage: limits.HISTORY_PAGE_MAX,
      typingMs: limits.TYPING_TTL_MS,
      watch: limits.WATCH_MAX,
      requestsInFlight: limits.REQUESTS_IN_FLIGHT_MAX,
      avatarBytes: limits.AVATAR_MAX_BYTES,
      about: limits.ABOUT_MAX,
      description: limits.DESCRIPTION_MAX,
      displayName: limits.DISPLAY_NAME_MAX,
      contacts: limits.CONTACTS_MAX,
      pins: limits.PINS_MAX,
      pollOptions: limits.POLL_OPTIONS_MAX,
      seqs: limits.SEQS_MAX,
      scheduleAheadMs: limits.SCHEDULE_AHEAD_MAX_MS,
      retractMs: config.retractWindow * 1000,
      callParticipants: limits.CALL_PARTICIPANTS_MAX,
    },
    timeMs: clock.now(),
  };
}
