/** `sexton audit`: what lies in the bucket and no stream owns. Changes nothing there. */
import { type Command, Option } from 'commander';
import type { AuditFinding, AuditProgress, SextonClient } from '../../client/index.js';
import { EXIT_STATUS } from '../../shared/fatal.js';
import { AuditState } from '../audit-state.js';
import { addClientOptions, type ClientFlags, reportError, withClient } from '../client-options.js';
import { parseDuration } from '../duration.js';
import { tableColumns, type CliIo } from '../io.js';
import { FINDING_COLUMNS, findingRow, headerText, progressText, summaryText } from '../render-audit.js';
import { RowBuffer } from '../row-buffer.js';
import { paintFor } from '../style.js';
import { printable, TableWriter } from '../table.js';

const HOUR_MS = 3_600_000;
export const MINIMUM_AGE = { minMs: HOUR_MS, maxMs: 3_650 * 24 * HOUR_MS };
const CLEAR_LINE = '\r\u001b[K';

interface AuditFlags extends ClientFlags {
  readonly prefix: string;
  readonly minimumAge: number;
  readonly includeUsage: boolean;
  readonly resume?: string;
}

const minimumAgeOption = (): Option =>
  new Option('--minimum-age <duration>', 'data younger than this may be an upload under way')
    .default(24 * HOUR_MS, '24h')
    .argParser((text) => parseDuration(text, MINIMUM_AGE));

export function addAudit(program: Command, io: CliIo, exit: (status: number) => void): void {
  addClientOptions(
    program
      .command('audit')
      .description(
        'what lies in the bucket and no stream owns; changes nothing, ends with 1 when not complete',
      ),
  )
    .option('--prefix <prefix>', 'only keys that start with this', '')
    .addOption(minimumAgeOption())
    .option('--include-usage', 'also count what live streams hold: lists everything', false)
    .option('--resume <file>', 'keep there how far it is, and go on from there when the file exists')
    .addHelpText(
      'after',
      '\nExamples:\n  sexton audit\n  sexton audit -o json --resume audit.state >> findings.jsonl' +
        '\n\nGoing on repeats at most the findings since the last save; JSON has a line for each finding.',
    )
    .action(async (flags: AuditFlags) => {
      exit(await withClient(io, flags, (client) => run(io, flags, client)));
    });
}

async function run(io: CliIo, flags: AuditFlags, client: SextonClient): Promise<number> {
  const settings = { prefix: flags.prefix, minimumAgeMs: flags.minimumAge, includeUsage: flags.includeUsage };
  const state = flags.resume === undefined ? undefined : new AuditState(flags.resume, settings);
  const resumeToken = (await state?.load()) ?? '';
  const printer = new Printer(io, flags);
  const onDisconnect = (error: Error, endpoint: string): void =>
    printer.remark(`${endpoint}: ${error.message}; going on with another node`);
  if (resumeToken !== '') printer.remark(`going on where ${String(flags.resume)} left off`);
  let reached = '';
  let status: number = EXIT_STATUS.ERROR;
  try {
    for await (const item of client.auditStorage({ ...settings, resumeToken }, { onDisconnect })) {
      if (flags.output === 'json' && item.kind !== 'progress') io.stdout(`${JSON.stringify(item)}\n`);
      if (item.kind === 'header') printer.text(headerText(item));
      if (item.kind === 'finding') printer.finding(item);
      if (item.kind === 'progress') {
        reached = item.resumeToken;
        if (printer.progress(item)) await state?.save(reached);
      }
      if (item.kind === 'summary') {
        printer.end();
        printer.text(summaryText(item));
        const problem = new Error(`the audit is not complete: ${item.incompleteReason}`);
        status = item.complete ? EXIT_STATUS.OK : reportError(io, problem, flags.output);
      }
      await io.drained();
    }
    return status;
  } finally {
    printer.end();
    // Only what has been printed is behind the token.
    if (status === EXIT_STATUS.OK) await state?.remove();
    else await state?.save(reached);
  }
}

/** Findings as a table on stdout; on a terminal, how far it is below them. */
class Printer {
  readonly #io: CliIo;
  readonly #isTable: boolean;
  readonly #rows: RowBuffer;
  #hasLine = false;

  constructor(io: CliIo, flags: AuditFlags) {
    this.#io = io;
    this.#isTable = flags.output === 'table';
    const table = new TableWriter(FINDING_COLUMNS, { columns: tableColumns(io), paint: paintFor(io) });
    this.#rows = new RowBuffer(table, (text) => {
      this.#clear();
      io.stdout(text);
    });
  }

  text(text: string): void {
    if (!this.#isTable) return;
    this.#clear();
    this.#io.stdout(text);
  }

  finding(finding: AuditFinding): void {
    if (this.#isTable) this.#rows.add(findingRow(finding));
  }

  /** True when everything found so far has been printed. */
  progress(progress: AuditProgress): boolean {
    const isPrinted = this.#rows.flushIfDue();
    if (this.#io.isTerminal) {
      this.#io.stderr(`${CLEAR_LINE}${progressText(progress, this.#io.columns)}`);
      this.#hasLine = true;
    }
    return isPrinted;
  }

  remark(text: string): void {
    this.#clear();
    this.#io.stderr(`${printable(text)}\n`);
  }

  end(): void {
    this.#rows.flush();
    this.#clear();
  }

  #clear(): void {
    if (this.#hasLine) this.#io.stderr(CLEAR_LINE);
    this.#hasLine = false;
  }
}
