/** Found in a LevelDB file; the caller turns it into the message an operator sees. */
export class LevelDbDamage extends Error {
  override readonly name = 'LevelDbDamage';
  /** Within LevelDB's directory. */
  readonly file: string;
  readonly offset: number | undefined;
  readonly what: string;

  constructor(file: string, what: string, offset?: number) {
    super(`${file}${offset === undefined ? '' : ` at byte ${offset}`}: ${what}`);
    this.file = file;
    this.what = what;
    this.offset = offset;
  }
}
