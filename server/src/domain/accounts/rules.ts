/** What the operator decided about accounts. */
export interface AccountRules {
  readonly registration: "open" | "invite" | "closed";
  /** Whether an account may or must have a verified address; without effect where the server sends no mail. */
  readonly email: "optional" | "required";
  /** Who may make invites to the server. */
  readonly invites: "owner" | "everyone";
  /** What becomes of the devices that are signed in when one more signs in. */
  readonly sessions: "multi" | "replace" | "refuse";
  /** New accounts from one address: so many at once, then one in each of these times. */
  readonly registrationBurst: number;
  readonly registrationSeconds: number;
}
