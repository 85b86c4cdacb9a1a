import { randomBytes } from "node:crypto";
import { Agent, request } from "node:http";
import { ReplyError, type Result } from "@parley/protocol";
import { newClientId, type Talker } from "../load/talker.ts";
import { type Account, register, signedIn, stranger } from "./account.ts";
import { type Flood, type FloodTarget, lanes, type Outcomes } from "./flood.ts";

/** Requests of one connection that wait for their reply at once: several times what the server takes, however slow its disk is. */
const AT_ONCE = 256;
const SIGN_IN_LANES = 16;
const API_LANES = 128;
const ACCOUNTS = 8;
/** Of a text that no chat takes: most of what a message may be long. */
const BIG_TEXT = "x".repeat(900_000);

/** The name of what was answered, or how the connection ended. */
async function outcomeOf(reply: Promise<unknown>): Promise<string> {
  try {
    await reply;
    return "ok";
  } catch (error) {
    if (error instanceof ReplyError) return error.name;
    // "closed: 4129 {...}"
    return /closed:? (?:with )?(\d{4})/.exec((error as Error).message)?.[1] ?? "refused";
  }
}

/** Wrong passwords for somebody's account. */
export function signIns(handle: string): Flood {
  return async (target, outcomes, until) => {
    const zeros = Buffer.alloc(32).toString("base64url");
    await lanes(SIGN_IN_LANES, until, async () => {
      let talker: Talker;
      try {
        ({ talker } = await stranger(target));
      } catch (error) {
        return outcomes.add(await outcomeOf(Promise.reject(error)));
      }
      while (!until.aborted && talker.closed === null) {
        const clientNonce = randomBytes(32).toString("base64url");
        await outcomeOf(talker.request("auth.scramStart", { handle, clientNonce }));
        const finish = { clientProof: zeros, device: { name: "guess" } };
        const outcome = await outcomeOf(talker.request("auth.scramFinish", finish));
        if (!until.aborted) outcomes.add(outcome);
      }
      talker.close();
    });
  };
}

/** As fast as it goes, on as many connections as the accounts need, each of which comes back when it is closed. */
async function insist(
  target: FloodTarget,
  accounts: readonly Account[],
  { outcomes, until }: { outcomes: Outcomes; until: AbortSignal },
  ask: (talker: Talker, account: Account) => Promise<unknown>,
): Promise<void> {
  const of = async (account: Account) => {
    while (!until.aborted) {
      const talker = await signedIn(target, account).catch(() => null);
      if (talker === null) {
        outcomes.add("refused");
        continue;
      }
      await lanes(AT_ONCE, until, async () => {
        if (talker.closed !== null) throw new Error("closed");
        outcomes.add(await outcomeOf(ask(talker, account)));
      }).catch(() => {});
      talker.close();
    }
  };
  await Promise.all(accounts.map(of));
}

/** Messages of so many accounts, each into a chat with the next one. */
export function messages(count: number = ACCOUNTS): Flood {
  return async (target, outcomes, until) => {
    const accounts: Account[] = [];
    for (let i = 0; i < Math.max(count, 2); i += 1) accounts.push(await register(target));
    const chats = new Map<Account, string>();
    for (const [i, account] of accounts.entries()) {
      const talker = await signedIn(target, account);
      const userId = (accounts[(i + 1) % accounts.length] as Account).userId;
      const { chat } = await talker.request<Result<"chat.openDirect">>("chat.openDirect", { userId });
      chats.set(account, chat.chatId);
      talker.close();
    }
    await insist(target, accounts.slice(0, count), { outcomes, until }, (talker, account) =>
      talker.request("message.send", {
        ...{ chatId: chats.get(account), clientId: newClientId(), kind: "text", body: { text: "x".repeat(200) } },
      }),
    );
  };
}

/** Requests of nearly a megabyte each. */
export const bigRequests: Flood = async (target, outcomes, until) => {
  const account = await register(target);
  await insist(target, [account], { outcomes, until }, (talker) =>
    talker.request("message.send", {
      ...{ chatId: "a".repeat(26), clientId: newClientId(), kind: "text", body: { text: BIG_TEXT } },
    }),
  );
};

/** Calls of the HTTP API with a token that is none. */
export const apiCalls: Flood = async (target, outcomes, until) => {
  const agent = new Agent({ keepAlive: true });
  await lanes(API_LANES, until, async () => {
    const outcome = await apiCall(target, agent);
    if (!until.aborted) outcomes.add(outcome);
  });
  agent.destroy();
};

function apiCall({ url, from }: FloodTarget, agent: Agent): Promise<number | string> {
  return new Promise((resolve) => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${"A".repeat(43)}` };
    const sent = request(`${url}/api/account.get`, { method: "POST", headers, localAddress: from, agent }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer.statusCode ?? 0));
      answer.on("error", () => resolve("cut"));
    });
    sent.on("error", () => resolve("cut"));
    sent.end("{}");
  });
}

/** New accounts, one after the other on a connection each. */
export const registrations: Flood = (target, outcomes, until) =>
  lanes(SIGN_IN_LANES, until, async () => {
    const outcome = await outcomeOf(register(target));
    if (!until.aborted) outcomes.add(outcome);
  });
