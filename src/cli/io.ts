/** What a command may touch of the process: handed in, so that tests run commands without one. */
export interface CliIo {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly env: NodeJS.ProcessEnv;
  /** Colours, progress in place and prompts only there. */
  readonly isTerminal: boolean;
  readonly columns: number;
  /** Fires at SIGINT and SIGTERM. */
  readonly interrupt: AbortSignal;
}

/** NO_COLOR (any value) and pipes get plain text. */
export function usesColor(io: CliIo): boolean {
  return io.isTerminal && (io.env['NO_COLOR'] ?? '') === '';
}
