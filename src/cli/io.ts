/** What a command may touch of the process: handed in, so that tests run commands without one. */
export interface CliIo {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Resolves once the reader of stdout has kept up: what lists without end waits for it, or memory would grow. */
  readonly drained: () => Promise<void>;
  readonly env: NodeJS.ProcessEnv;
  /** Colours and progress in place only there. */
  readonly isTerminal: boolean;
  readonly columns: number;
  /** Fires at SIGINT and SIGTERM. */
  readonly interrupt: AbortSignal;
}

/** How wide a table may be; 0 = as wide as it is, for pipes. */
export function tableColumns(io: CliIo): number {
  return io.isTerminal ? io.columns : 0;
}
