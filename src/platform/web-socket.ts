/** WebSocket connections (RFC 6455) without compression, with a frame limit that grows once the peer is known. */
import { type RawData, WebSocket, WebSocketServer } from "ws";
import type { UpgradeRequest } from "./http-server.ts";

export interface SocketConnection {
  /** Text frames only; a binary frame closes the connection with 1003. */
  onText(listener: (text: string) => void): void;
  onClose(listener: (code: number) => void): void;
  send(text: string): void;
  /** Bytes that wait because the peer reads too slowly. */
  bufferedBytes(): number;
  /** From the next frame on. A larger message closes the connection with 1009. */
  allowMessageBytes(bytes: number): void;
  /** Closes, and cuts the connection when the peer does not answer the close within `closeGraceMs`. */
  close(code: number, reason: string): void;
  terminate(): void;
}

export interface SocketAcceptor {
  accept(upgrade: UpgradeRequest, onOpen: (connection: SocketConnection) => void): void;
  close(): void;
}

const closeGraceMs = 2_000;
/** RFC 6455, 5.5: the reason of a close frame has at most 123 bytes. */
const closeReasonBytesMax = 123;
/** A peer that pings and does not read gets no pongs beyond this. */
const pongBufferedBytesMax = 64 * 1024;

/** `messageBytesMax` holds until `allowMessageBytes` raises it for one connection. */
export function createSocketAcceptor(messageBytesMax: number): SocketAcceptor {
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: messageBytesMax,
    autoPong: false,
    clientTracking: false,
  });
  return {
    accept({ raw }, onOpen) {
      server.handleUpgrade(raw.request, raw.socket, raw.head, (socket) => onOpen(wrap(socket)));
    },
    close: () => server.close(),
  };
}

function wrap(socket: WebSocket): SocketConnection {
  socket.on("error", () => socket.terminate());
  socket.on("ping", (data: Buffer) => {
    if (socket.bufferedAmount <= pongBufferedBytesMax) socket.pong(data);
  });
  return {
    onText(listener) {
      socket.on("message", (data: RawData, isBinary: boolean) => {
        if (isBinary) close(socket, 1003, "text frames only");
        else listener(textOf(data));
      });
    },
    onClose: (listener) => {
      socket.on("close", listener);
    },
    send(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    bufferedBytes: () => socket.bufferedAmount,
    allowMessageBytes: (bytes) => setMessageLimit(socket, bytes),
    close: (code, reason) => close(socket, code, reason),
    terminate: () => socket.terminate(),
  };
}

function textOf(data: RawData): string {
  if (Buffer.isBuffer(data)) return data.toString("utf8");
  return Array.isArray(data) ? Buffer.concat(data).toString("utf8") : Buffer.from(data).toString("utf8");
}

function close(socket: WebSocket, code: number, reason: string): void {
  socket.close(
    code,
    Buffer.from(reason)
      .subarray(0, closeReasonBytesMax)
      .toString("utf8")
      .replace(/\uFFFD$/, ""),
  );
  setTimeout(() => socket.terminate(), closeGraceMs).unref();
}

/**
 * ws takes its limit once for all connections, but reads it from the receiver for each frame; a test holds this.
 * Where the field is missing the connection keeps the small limit.
 */
function setMessageLimit(socket: WebSocket, bytes: number): void {
  const receiver: unknown = Reflect.get(socket, "_receiver");
  if (typeof receiver === "object" && receiver !== null && "_maxPayload" in receiver) {
    Reflect.set(receiver, "_maxPayload", bytes);
  }
}
