/** `sexton adopt`: brings prefixes that exist in the bucket under the catalog. Only tells what it would do without --yes. */
import { type Command, Option } from 'commander';
import type { AdoptStreamInput, AuditFinding, SextonClient } from '../../client/index.js';
import { SextonError } from '../../shared/errors.js';
import { EXIT_STATUS } from '../../shared/fatal.js';
import { addClientOptions, type ClientFlags, reportError, withClient } from '../client-options.js';
import { parseDuration } from '../duration.js';
import { tableColumns, type CliIo } from '../io.js';
import { qualifiedName } from '../render.js';
import { adoptionColumns, adoptionRow } from '../render-audit.js';
import { RowBuffer } from '../row-buffer.js';
import { paintFor } from '../style.js';
import { printable, TableWriter } from '../table.js';
import { MINIMUM_AGE } from './audit.js';
import { labelFlag, parseStreamName } from './parse.js';
import { waitOption, whenPrefixIsFree } from './wait-for-prefix.js';

const GRACE_PERIOD = { minMs: 0, maxMs: 3_650 * 24 * 3_600_000 };

interface AdoptFlags extends ClientFlags {
  readonly all: boolean;
  readonly as: 'active' | 'deleted';
  readonly prefix?: string;
  readonly gracePeriod?: number;
  readonly minimumAge?: number;
  readonly label: Readonly<Record<string, string>>;
  readonly force: boolean;
  readonly wait?: number;
  readonly yes: boolean;
}

export function addAdopt(program: Command, io: CliIo, exit: (status: number) => void): void {
  addClientOptions(
    program
      .command('adopt [streams...]')
      .description(
        'bring prefixes that exist in the bucket under the catalog; without --yes only tell what would be done',
      ),
  )
    .option(
      '--all',
      'whatever an audit finds: with --as active complete streams, with --as deleted residue',
      false,
    )
    .addOption(
      new Option('--as <state>', 'alive, or to be purged after the grace period')
        .choices(['active', 'deleted'])
        .default('active'),
    )
    .option(
      '--prefix <prefix>',
      'of the one stream that is named; default: NAME/, or TENANT/NAME/, percent-encoded',
    )
    .addOption(
      new Option(
        '--grace-period <duration>',
        'with --as deleted, how long it can be undeleted; default: the server’s',
      ).argParser((text) => parseDuration(text, GRACE_PERIOD)),
    )
    .addOption(
      new Option(
        '--minimum-age <duration>',
        'with --as deleted, refuse a prefix with data younger than this; default: 24h',
      ).argParser((text) => parseDuration(text, MINIMUM_AGE)),
    )
    .addOption(
      new Option('--label <key=value>', 'as often as there are labels')
        .argParser(labelFlag)
        .default({}, 'none'),
    )
    .option('--force', 'with --as deleted, also a complete stream, or what is no log data', false)
    .addOption(waitOption())
    .option('--yes', 'do it', false)
    .addHelpText(
      'after',
      '\nExamples:\n  sexton adopt --all                      # what would be adopted\n  sexton adopt --all --yes' +
        '\n  sexton adopt web acme/api --yes\n  sexton adopt --all --as deleted --grace-period 7d --yes' +
        '\n  sexton adopt old-web --prefix web/1234/ --as deleted --yes',
    )
    .action(async (streams: readonly string[], flags: AdoptFlags) => {
      const problem = problemOf(streams, flags);
      if (problem !== undefined) {
        io.stderr(`error: ${problem}\n`);
        exit(EXIT_STATUS.INVALID_INPUT);
        return;
      }
      exit(await withClient(io, flags, (client) => run(io, streams, flags, client)));
    });
}

function problemOf(streams: readonly string[], flags: AdoptFlags): string | undefined {
  if (streams.length > 0 === flags.all) return 'name some streams, or say --all for whatever an audit finds';
  if (flags.prefix !== undefined && streams.length !== 1) return '--prefix: is for one stream that is named';
  if (flags.wait !== undefined && flags.all) return '--wait: is for streams that are named';
  if (flags.force && flags.all) return '--force: is for streams that are named, one by one';
  if (flags.as === 'deleted') return undefined;
  if (flags.force) return '--force: is for --as deleted';
  if (flags.gracePeriod !== undefined) return '--grace-period: is for --as deleted';
  if (flags.minimumAge !== undefined) return '--minimum-age: is for --as deleted';
  return undefined;
}

async function run(
  io: CliIo,
  streams: readonly string[],
  flags: AdoptFlags,
  client: SextonClient,
): Promise<number> {
  const adoption = new Adoption(io, flags, client);
  try {
    await adoptThem(adoption, streams, flags, client);
  } finally {
    // What was done before a failure or an interrupt is printed too.
    adoption.flush();
  }
  return adoption.end();
}

async function adoptThem(
  adoption: Adoption,
  streams: readonly string[],
  flags: AdoptFlags,
  client: SextonClient,
): Promise<void> {
  if (!flags.all) {
    for (const stream of streams) {
      const prefix = flags.prefix === undefined ? {} : { prefix: flags.prefix };
      await adoption.adopt({ ...parseStreamName(stream), ...prefix });
    }
    return;
  }
  const settings = flags.minimumAge === undefined ? {} : { minimumAgeMs: flags.minimumAge };
  for await (const item of client.auditStorage(settings)) {
    if (item.kind === 'finding' && isCandidate(item, flags)) {
      if (item.adoptable) await adoption.adopt(item);
      else adoption.skip(item);
    }
    // Each adoption lists its prefix by itself, so that what was done stays right; but it was not all.
    if (item.kind === 'summary' && !item.complete)
      adoption.failed(new Error(`the audit is not complete, there may be more: ${item.incompleteReason}`));
  }
}

function isCandidate({ finding }: AuditFinding, { as }: AdoptFlags): boolean {
  if (as === 'active') return finding === 'UNKNOWN_STREAM';
  return finding === 'RESIDUE' || finding === 'PURGED_PREFIX' || finding === 'UNFINISHED_UPLOAD';
}

/** Anything else would fail for the next one too. A bucket that cannot be read at all ends the audit as well. */
function concernsOneStream({ advice, reason }: SextonError): boolean {
  return advice === 'never' || reason === 'STORAGE_NOT_READY';
}

class Adoption {
  readonly #io: CliIo;
  readonly #flags: AdoptFlags;
  readonly #client: SextonClient;
  readonly #rows: RowBuffer;
  #count = 0;
  #status: number = EXIT_STATUS.OK;

  constructor(io: CliIo, flags: AdoptFlags, client: SextonClient) {
    this.#io = io;
    this.#flags = flags;
    this.#client = client;
    const table = new TableWriter(adoptionColumns(flags.as), {
      columns: tableColumns(io),
      paint: paintFor(io),
    });
    this.#rows = new RowBuffer(table, io.stdout);
  }

  /** One that is refused is told, and the others go on. */
  async adopt(target: {
    readonly tenant: string;
    readonly name: string;
    readonly prefix?: string;
  }): Promise<void> {
    const { as, gracePeriod, minimumAge, force, label, wait, yes, output } = this.#flags;
    const input: AdoptStreamInput = {
      tenant: target.tenant,
      name: target.name,
      ...(target.prefix === undefined ? {} : { prefix: target.prefix }),
      as: as === 'active' ? 'ACTIVE' : 'DELETED',
      labels: label,
      ...(gracePeriod === undefined ? {} : { gracePeriodMs: gracePeriod }),
      ...(minimumAge === undefined ? {} : { minimumAgeMs: minimumAge }),
      force,
      execute: yes,
    };
    try {
      const answer = await whenPrefixIsFree(this.#io, wait, () => this.#client.adoptStream(input));
      this.#count++;
      if (output === 'json') this.#io.stdout(`${JSON.stringify(answer)}\n`);
      else this.#rows.add(adoptionRow(answer, as));
      this.#rows.flushIfDue();
      await this.#io.drained();
    } catch (error) {
      if (!(error instanceof SextonError) || !concernsOneStream(error) || this.#io.interrupt.aborted)
        throw error;
      this.failed(error, qualifiedName(target));
    }
  }

  skip(finding: AuditFinding): void {
    // A live stream may be as young as it likes.
    const isTooYoung = this.#flags.as === 'deleted' && finding.tooYoung;
    const young = isTooYoung ? 'its data is younger than --minimum-age' : '';
    const why = [young, finding.note].filter((part) => part !== '').join('; ');
    this.flush();
    this.#io.stderr(`skipped ${printable(finding.prefix)}: ${printable(why)}\n`);
  }

  flush(): void {
    this.#rows.flush();
  }

  failed(error: Error, stream = ''): void {
    this.flush();
    if (stream !== '') this.#io.stderr(`${printable(stream)}: `);
    const status = reportError(this.#io, error, this.#flags.output);
    if (this.#status === EXIT_STATUS.OK) this.#status = status;
  }

  end(): number {
    this.flush();
    if (!this.#flags.yes) {
      const streams = this.#count === 1 ? '1 stream' : `${this.#count} streams`;
      this.#io.stderr(`nothing was changed; --yes adopts ${streams} as ${this.#flags.as}\n`);
    }
    return this.#status;
  }
}
