/**
 * A service definition whose requests arrive as data even when they are too large or do not decode. gRPC
 * itself would end such a call with a bare INTERNAL; so the handler can say which bound, in Sexton's own
 * terms, and nothing of the request was looked at.
 */
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import { invalidArgument, type SextonError } from '../shared/errors.js';

export type Guarded<Request> =
  { readonly ok: true; readonly request: Request } | { readonly ok: false; readonly error: SextonError };

/** `bytesMaxOf` a method: what its encoded request may take. */
export function guardDefinition(
  definition: ServiceDefinition,
  bytesMaxOf: (method: string) => number,
): ServiceDefinition {
  const guarded: Record<string, MethodDefinition<unknown, unknown>> = {};
  for (const [name, method] of Object.entries(definition)) {
    guarded[name] = {
      ...method,
      requestDeserialize: guard(method.requestDeserialize as (bytes: Buffer) => unknown, bytesMaxOf(name)),
    };
  }
  return guarded;
}

function guard<Request>(
  deserialize: (bytes: Buffer) => Request,
  bytesMax: number,
): (bytes: Buffer) => Guarded<Request> {
  return (bytes) => {
    if (bytes.length > bytesMax) {
      return {
        ok: false,
        error: invalidArgument('request', `is ${bytes.length} bytes; at most ${bytesMax} are allowed`),
      };
    }
    try {
      return { ok: true, request: deserialize(bytes) };
    } catch (cause) {
      const text = cause instanceof Error ? cause.message : String(cause);
      return {
        ok: false,
        error: invalidArgument('request', `does not decode as its protobuf message: ${text}`),
      };
    }
  };
}
