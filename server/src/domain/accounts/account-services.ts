import type { UserId } from "@parley/protocol";
import type { Session } from "../../live/caller.ts";
import { Letters } from "../../mail/letters.ts";
import type { MemberArgs } from "../chats/groups.ts";
import type { Core } from "../core.ts";
import { Intents } from "../deeds/intents.ts";
import type { ServiceDeps } from "../service-deps.ts";
import { Accounts } from "./accounts.ts";
import { Administration } from "./administration.ts";
import { Codes } from "./codes.ts";
import { type DeleteArgs, Deletion } from "./deletion.ts";
import { DevicePolicy } from "./device-policy.ts";
import { Guesses } from "./guesses.ts";
import { Invites } from "./invites.ts";
import { MailCodes } from "./mail-codes.ts";
import { Names } from "./names.ts";
import { Ownership } from "./ownership.ts";
import { PasswordHasher } from "./password-hash.ts";
import { Passwords } from "./passwords.ts";
import { Registration, type SettleArgs } from "./registration.ts";
import { type RenameArgs, Renaming } from "./renaming.ts";
import { type EndedWhy, type Revocations, type RevokeArgs, type RevokeParts, revoke } from "./revocations.ts";
import type { Sessions } from "./sessions.ts";
import { SignIn } from "./sign-in.ts";
import { VerifierVault } from "./verifier.ts";

export type AccountServices = ReturnType<typeof composeAccounts>;

export interface AccountNeeds extends Pick<ServiceDeps, "config" | "deploymentSecret" | "hashPassword"> {
  readonly mail: NonNullable<ServiceDeps["mail"]> | null;
  readonly sessions: Sessions;
  readonly revocations: Revocations;
  /** A device that is signed out is in no call any more. */
  readonly hangUp: RevokeParts["hangUp"];
  /** Who deletes their account leaves their groups. */
  readonly leave: (args: MemberArgs) => Promise<number>;
  /** And is nobody's contact any more. */
  readonly forget: (userId: UserId) => Promise<void>;
}

/** Whose sessions of before a new password are ended. */
interface StaleArgs {
  readonly userId: UserId;
}

export function composeAccounts(core: Core, needs: AccountNeeds) {
  const { store, clock, random, log, inbox, announce } = core;
  const { config, deploymentSecret, hashPassword, mail, sessions, revocations, leave, forget, hangUp } = needs;
  const ending = { sessions, revocations, announce, hangUp };
  const intents = new Intents({
    store,
    clock,
    random,
    log,
    deeds: {
      revoke: (args: RevokeArgs): Promise<void> => revoke(ending, args),
      endStale: (args: StaleArgs): Promise<void> => endStale(args),
      settleAccount: (args: SettleArgs): Promise<void> => registration.settle(args),
      rename: (args: RenameArgs): Promise<boolean> => renaming.rename(args),
      deleteAccount: (args: DeleteArgs): Promise<void> => deletion.remove(args),
    },
  });
  const letters = new Letters(config.name);
  const hasher = new PasswordHasher(hashPassword);
  const vault = new VerifierVault(deploymentSecret, random);
  const guesses = new Guesses(store, clock);
  const names = new Names(store);
  const codes = new Codes({ store, clock, random, deploymentSecret });
  const ownership = new Ownership(store, random, deploymentSecret);
  const mayInvite = async (userId: UserId) => config.invites === "everyone" || ownership.isOwner(userId);
  const invites = new Invites({ store, clock, random, mayInvite });
  const revokeAll = async (ended: readonly Session[], why: EndedWhy) => {
    const [first] = ended;
    if (first !== undefined) await intents.run("revoke", first.userId, { sessions: ended, why });
  };
  const endStale = async ({ userId }: StaleArgs) => {
    const stale = await sessions.stale(userId);
    if (stale.length > 0) await revoke(ending, { sessions: stale });
  };
  const passwords = new Passwords({
    store,
    random,
    hasher,
    vault,
    guesses,
    endingStale: async (userId, write) => {
      const end = await intents.begin("endStale", userId, { userId });
      await write();
      await endStale({ userId });
      await end();
    },
  });
  const devices = new DevicePolicy({ store, clock, policy: config.sessions, sessions, revoke: revokeAll });
  const registration = new Registration({
    store,
    clock,
    random,
    rules: config,
    mails: mail !== null,
    hasher,
    vault,
    sessions,
    names,
    codes,
    invites,
    ownership,
    beginSettling: (args) => intents.begin("settleAccount", args.userId, args),
  });
  const signIn = new SignIn({ store, clock, random, vault, guesses, devices });
  const mailCodes = new MailCodes({ store, clock, log, mail, letters, names, codes, guesses, passwords, devices });
  const accounts = new Accounts({
    store,
    passwords,
    sessions,
    ownership,
    mayInvite,
    revoke: (ended) => revokeAll(ended, "revoked"),
  });
  const renaming = new Renaming({
    store,
    clock,
    rules: config,
    mail,
    letters,
    names,
    passwords,
    codes,
    notify: (userId, notice) => inbox.put(userId, notice),
    deed: (args) => intents.run("rename", args.userId, args),
  });
  const deletion = new Deletion({
    store,
    clock,
    names,
    passwords,
    sessions,
    invites,
    revoke: (ended, why) => revoke(ending, { sessions: ended, why }),
    leave,
    forget,
    deed: (args) => intents.run("deleteAccount", args.userId, args),
  });
  const administration = new Administration({ store, clock, names, sessions, deletion, revoke: revokeAll });
  return { intents, administration, registration, signIn, mailCodes, accounts, renaming, deletion, invites, ownership };
}
