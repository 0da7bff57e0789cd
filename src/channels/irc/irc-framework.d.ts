/** The part of irc-framework that the channel uses; the package ships no types. */
declare module "irc-framework" {
  export type IrcMessage = {
    readonly nick: string;
    readonly ident: string;
    readonly hostname: string;
    readonly target: string;
    readonly message: string;
    readonly time?: number;
    /** IRCv3 account-tag: the services account of the sender, when the network has the capability. */
    readonly account?: string;
    readonly tags: Readonly<Record<string, string>>;
  };

  export type IrcEvents = {
    registered: { readonly nick: string };
    privmsg: IrcMessage;
    action: IrcMessage;
    pong: { readonly message: string };
    /** `account`: of whoever has the nick now, where the server knows one. */
    whois: { readonly nick: string; readonly account?: string };
    "irc error": {
      readonly error: string;
      readonly nick?: string;
      readonly channel?: string;
      readonly reason?: string;
    };
    "nick in use": { readonly nick: string };
    "socket close": unknown;
    "socket error": Error;
    close: boolean;
  };

  export type IrcOptions = {
    host: string;
    port: number;
    tls: boolean;
    rejectUnauthorized: boolean;
    nick: string;
    username: string;
    gecos: string;
    password?: string;
    account?: { account: string; password: string };
    auto_reconnect: boolean;
    message_max_length: number;
    ping_interval: number;
    ping_timeout: number;
    version: string | null;
  };

  export class Client {
    readonly user: { readonly nick: string };
    on<Name extends keyof IrcEvents>(event: Name, listener: (event: IrcEvents[Name]) => void): void;
    requestCap(capability: string | readonly string[]): void;
    connect(options: IrcOptions): void;
    join(channel: string): void;
    say(target: string, message: string): void;
    raw(...parts: string[]): void;
    changeNick(nick: string): void;
    quit(message?: string): void;
    removeAllListeners(): void;
    readonly connection: { end(data?: string | null): void };
  }
}
