/**
 * Where an audit stands, in a small file, so that one that was interrupted goes on instead of starting over. Written
 * whole and renamed, when everything up to its token has been printed; gone when the audit is complete.
 */
import { access, constants, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { invalidArgument } from '../shared/errors.js';

/** What the token belongs to: going on with other settings would mix two audits. */
export interface AuditSettings {
  readonly prefix: string;
  readonly minimumAgeMs: number;
  readonly includeUsage: boolean;
}

const VERSION = 1;

export class AuditState {
  readonly #file: string;
  readonly #settings: AuditSettings;
  #saved = '';

  constructor(file: string, settings: AuditSettings) {
    this.#file = file;
    this.#settings = settings;
  }

  /** The token to go on from; '' when there is no file. Throws INVALID_ARGUMENT for a file of another audit, and for one that could not be written. */
  async load(): Promise<string> {
    let text: string;
    try {
      text = await readFile(this.#file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        throw invalidArgument('--resume', `${this.#file} cannot be read: ${(error as Error).message}`);
      // Before hours of listing, not after them.
      await this.#orRefuse(access(dirname(this.#file), constants.W_OK));
      return '';
    }
    const state = parse(text);
    if (state === undefined)
      throw invalidArgument(
        '--resume',
        `${this.#file} is not the state of an audit; name another file, or remove it`,
      );
    const { prefix, minimumAgeMs, includeUsage } = this.#settings;
    if (
      state['prefix'] !== prefix ||
      state['minimumAgeMs'] !== minimumAgeMs ||
      state['includeUsage'] !== includeUsage
    )
      throw invalidArgument(
        '--resume',
        `${this.#file} belongs to an audit with other flags; repeat them, or remove it`,
      );
    return String(state['resumeToken']);
  }

  async save(resumeToken: string): Promise<void> {
    if (resumeToken === '' || resumeToken === this.#saved) return;
    const text = JSON.stringify({ version: VERSION, ...this.#settings, resumeToken });
    const temporary = `${this.#file}.${process.pid}.tmp`;
    await this.#orRefuse(writeFile(temporary, `${text}\n`));
    await this.#orRefuse(rename(temporary, this.#file));
    this.#saved = resumeToken;
  }

  async remove(): Promise<void> {
    await rm(this.#file, { force: true });
  }

  async #orRefuse(written: Promise<void>): Promise<void> {
    try {
      await written;
    } catch (error) {
      throw invalidArgument('--resume', `${this.#file} cannot be written: ${(error as Error).message}`);
    }
  }
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const state: unknown = JSON.parse(text);
    if (typeof state !== 'object' || state === null) return undefined;
    const { version, resumeToken } = state as Record<string, unknown>;
    return version === VERSION && typeof resumeToken === 'string'
      ? (state as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
