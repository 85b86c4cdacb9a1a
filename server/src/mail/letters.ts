import type { CodePurpose } from "@parley/protocol";
import type { Letter } from "./letter.ts";

/** Every mail that the server sends. Plain text: nothing to click on that could lead elsewhere. */
export class Letters {
  readonly #server: string;

  constructor(serverName: string) {
    // A name of several lines would end the header that it stands in.
    this.#server = serverName.replace(/\p{Cc}+/gu, " ");
  }

  code(purpose: CodePurpose, to: string, code: string, minutes: number): Letter {
    return {
      to,
      subject: `${code} is your code for ${this.#server}`,
      text: [
        `${WHAT_FOR[purpose]} on ${this.#server}:`,
        "",
        `    ${code}`,
        "",
        `It works once, within ${minutes} minutes. Nobody of ${this.#server} will ever ask you for it.`,
        "If you did not ask for this, somebody typed your address; you need not do anything.",
        "",
      ].join("\n"),
    };
  }

  /** To who asks for an account with an address that has one. Only who reads that mail learns of it. */
  taken(to: string, handle: string): Letter {
    return {
      to,
      subject: `You have an account on ${this.#server}`,
      text: [
        `Somebody, probably you, wanted to make an account on ${this.#server} with this address.`,
        `It belongs to an account already: ${handle}`,
        "",
        "Sign in with that handle, or with a code by mail. If you forgot the password, the sign-in page can set a new one.",
        "If it was not you, you need not do anything.",
        "",
      ].join("\n"),
    };
  }

  passwordSet(to: string, handle: string): Letter {
    return this.#notice(to, `The password of ${handle} was set anew with a code by mail; all devices were signed out.`);
  }

  /** To the old address. */
  emailChanged(to: string, handle: string): Letter {
    return this.#notice(to, `This address does not belong to the account ${handle} any more.`);
  }

  #notice(to: string, what: string): Letter {
    return {
      to,
      subject: `Your account on ${this.#server}`,
      text: [what, "", "If it was not you, tell who runs this server at once.", ""].join("\n"),
    };
  }
}

const WHAT_FOR: Readonly<Record<CodePurpose, string>> = {
  register: "The code that finishes your new account",
  signIn: "The code that signs you in",
  reset: "The code that sets a new password",
  changeEmail: "The code that makes this the address of your account",
};
