/** Who was heard under which nick. A nick is worn for a while and proves nothing: whoever sends to an account asks again. */
import type { Envelope } from "../contract.ts";

type Person = Pick<Envelope["sender"], "id" | "identity">;

/** More than a busy network shows in a day; the one heard least recently is forgotten first. */
const nicksKnownMax = 1_000;

export class IrcPeople {
  /** By nick, the one heard last at the end. */
  readonly #heard = new Map<string, Person>();

  heard(nick: string, { id, identity }: Person): void {
    const key = nick.toLowerCase();
    this.#heard.delete(key);
    this.#heard.set(key, { id, identity });
    const [oldest] = this.#heard.keys();
    if (this.#heard.size > nicksKnownMax && oldest !== undefined) this.#heard.delete(oldest);
  }

  at(nick: string): Person | undefined {
    return this.#heard.get(nick.toLowerCase());
  }

  /** The nick under which a services account was heard last. */
  nickOf(account: string): string | undefined {
    const id = `${accountPrefix}${account}`.toLowerCase();
    return [...this.#heard].findLast(([, person]) => person.id.toLowerCase() === id)?.[0];
  }
}

export const accountPrefix = "account:";

/** The services account that a chat id names; undefined for a nick or a channel. */
export function accountIn(chat: string): string | undefined {
  return chat.startsWith(accountPrefix) ? chat.slice(accountPrefix.length) : undefined;
}
