/** What is said of calls outside of calls; the rest comes with their code. */
export const calls = {
  callWords: {
    voice: "Voice call, {{time}}",
    video: "Video call, {{time}}",
    missedVoice: "Missed voice call",
    missedVideo: "Missed video call",
    rings: "Incoming voice call",
    ringsVideo: "Incoming video call",
  },
} as const;
