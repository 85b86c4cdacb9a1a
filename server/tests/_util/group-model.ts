import type { ChatSettings, Message, Role, SystemBody, UserId } from "@parley/protocol";

/** What a log makes of a group, told by hand: the tests ask whether the server comes to the same. */
export class GroupModel {
  readonly roles = new Map<UserId, Role>();
  readonly joined = new Map<UserId, number>();
  readonly muted = new Map<UserId, number>();
  readonly settings: Partial<ChatSettings> & { name?: string } = {};
  deleted = false;

  /** Why the entry must not be where it is; null when it may. */
  objection(sender: UserId, body: SystemBody): string | null {
    const role = this.roles.get(sender);
    if (body.event === "created") return this.roles.size === 0 ? null : "created twice";
    if (this.deleted) return "after the end";
    if (body.event === "added" && body.how !== undefined)
      return this.roles.has(body.userId) ? "a member already" : null;
    if (role === undefined) return "by somebody who is no member";
    const above = (userId: UserId) => {
      const target = this.roles.get(userId);
      if (target === undefined) return "about somebody who is no member";
      return role === "owner" || (role === "admin" && target === "member") ? null : "about somebody who stands above";
    };
    switch (body.event) {
      case "added":
        if (this.roles.has(body.userId)) return "a member already";
        return role === "member" ? "by a member" : null;
      case "left":
        return role === "owner" && this.roles.size > 1 ? "the owner left" : null;
      case "removed":
      case "muted":
        return sender === body.userId ? "to oneself" : above(body.userId);
      case "role":
      case "transferred":
        return role === "owner" && sender !== body.userId ? above(body.userId) : "not by the owner";
      case "changed":
        return role === "member" ? "by a member" : null;
      case "deleted":
        return role === "owner" ? null : "not by the owner";
      default:
        return "an event that no group has";
    }
  }

  apply({ sender, seq }: { readonly sender: UserId; readonly seq: number }, body: SystemBody): void {
    switch (body.event) {
      case "created":
        for (const userId of body.members) this.#join(userId, userId === sender ? "owner" : "member", seq);
        break;
      case "added":
        this.#join(body.userId, "member", seq);
        break;
      case "removed":
      case "left":
        this.roles.delete(body.userId);
        break;
      case "role":
        this.roles.set(body.userId, body.role);
        break;
      case "transferred":
        this.roles.set(body.userId, "owner").set(sender, "admin");
        break;
      case "muted":
        this.muted.set(body.userId, body.untilMs);
        break;
      case "changed": {
        const { event: _event, ...change } = body;
        Object.assign(this.settings, change);
        break;
      }
      case "deleted":
        this.roles.clear();
        this.deleted = true;
        break;
      default:
    }
  }

  /** Reads a log from its first entry; throws at the first one that must not be there. */
  static of(log: readonly Message[]): GroupModel {
    const model = new GroupModel();
    for (const entry of log) {
      if (entry.kind !== "system") continue;
      const objection = model.objection(entry.sender, entry.body);
      if (objection !== null) throw new Error(`${entry.seq} ${JSON.stringify(entry.body)}: ${objection}`);
      model.apply(entry, entry.body);
    }
    return model;
  }

  #join(userId: UserId, role: Role, seq: number): void {
    this.roles.set(userId, role);
    this.joined.set(userId, seq);
  }
}
