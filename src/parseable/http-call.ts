/**
 * One HTTP exchange with one node: bounded in time and in bytes, and never sent anywhere else. No retries;
 * redirects are an answer like any other, since what is sent carries credentials.
 *
 * The time limit covers everything from the connection to the last byte of the answer, by the injected
 * clock. An answer that breaks off is no answer: what it began to say may not be what happened.
 */
import http from 'node:http';
import https from 'node:https';
import { rootCertificates } from 'node:tls';
import type { Clock } from '../shared/clock.js';

export interface HttpRequest {
  readonly method: 'GET' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly bodyBytesMax: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** Of a redirect; '' otherwise. */
  readonly location: string;
}

/** No whole answer came. What was asked for may have been done all the same. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
}

/** What carries the calls of one node. */
export interface HttpPort {
  /** Rejects with {@link HttpFailure}, or with the signal's reason. */
  call(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
  close(): void;
}

export interface HttpCallerOptions {
  readonly clock: Clock;
  /** PEM certificates to trust beside Node's own, for https. */
  readonly ca?: string;
}

/** Connections of one node: kept alive, two at most. */
export class HttpCaller implements HttpPort {
  readonly #clock: Clock;
  readonly #http = new http.Agent({ keepAlive: true, maxSockets: 2 });
  readonly #https: https.Agent;

  constructor({ clock, ca }: HttpCallerOptions) {
    this.#clock = clock;
    const trusted = ca === undefined ? {} : { ca: [...rootCertificates, ca] };
    this.#https = new https.Agent({ keepAlive: true, maxSockets: 2, ...trusted });
  }

  call(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const { method, headers, timeoutMs } = request;
      const url = new URL(request.url);
      const isTls = url.protocol === 'https:';
      const agent = isTls ? this.#https : this.#http;
      const sent = (isTls ? https : http).request(url, { method, headers, agent });
      const timer = this.#clock.setTimer(timeoutMs, () =>
        end(new HttpFailure(`no answer in ${timeoutMs} ms`)),
      );
      const onAbort = (): void => end(signal.reason as Error);
      const settle = (): void => {
        timer.cancel();
        signal.removeEventListener('abort', onAbort);
      };
      const end = (error: Error): void => {
        settle();
        reject(error);
        sent.destroy();
      };
      signal.addEventListener('abort', onAbort, { once: true });
      sent.on('error', (error) => end(new HttpFailure(error.message || nameOf(error), { cause: error })));
      sent.on('response', (answer) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        answer.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > request.bodyBytesMax) {
            end(new HttpFailure(`the answer is larger than ${request.bodyBytesMax} bytes`));
          } else chunks.push(chunk);
        });
        answer.on('error', (error) => end(new HttpFailure(`the answer broke off: ${error.message}`)));
        answer.on('close', () => {
          if (!answer.complete) end(new HttpFailure('the answer broke off'));
        });
        answer.on('end', () => {
          if (!answer.complete) return;
          settle();
          resolve({
            status: answer.statusCode ?? 0,
            body: Buffer.concat(chunks).toString('utf8'),
            location: answer.headers.location ?? '',
          });
        });
      });
      sent.end();
    });
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}

/** A refused connection to a name with several addresses comes as an AggregateError without a message. */
function nameOf(error: NodeJS.ErrnoException): string {
  return error.code ?? error.name;
}
