/** The units beside a Parseable: hardened like the node's, their settings those of the command, restarted whatever happens. */
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addParseable } from '../../src/cli/commands/parseable.js';
import { variableOf } from '../../src/cli/environment.js';
import type { CliIo } from '../../src/cli/io.js';
import { readText, readUnit } from './deploy-files.js';

const node = readUnit('deploy/systemd/sexton.service');

function optionsOf(name: string): readonly (string | undefined)[] {
  const program = new Command();
  addParseable(program, {} as CliIo, () => undefined);
  const command = program.commands[0]?.commands.find((candidate) => candidate.name() === name);
  return command?.options.map(variableOf) ?? [];
}

describe.each([
  ['deploy/systemd/sexton-parseable.service', 'sync'],
  ['deploy/systemd/sexton-parseable-gateway.service', 'gateway'],
])('%s', (file, command) => {
  const unit = readUnit(file);

  it('runs the command, and names only settings that it has', () => {
    expect(unit.get('Service.ExecStart')?.[0]).toContain(`/dist/cli/main.js parseable ${command}`);
    const named = [...readText(file).matchAll(/^# +(SEXTON_[A-Z_]+)=/gm)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(1);
    expect(optionsOf(command)).toEqual(expect.arrayContaining(named));
  });

  it('restarts on anything but bad input: it must come back by itself', () => {
    expect(unit.get('Service.Restart')).toEqual(['always']);
    expect(unit.get('Service.RestartPreventExitStatus')).toEqual(['3']);
  });

  it('is as hardened as the node, but for what a node alone needs', () => {
    const own = /^Service\.(StateDirectory|UMask|Limit|Restart|Kill|Timeout|Exec|Environment)/;
    const expected = [...node.keys()].filter((key) => key.startsWith('Service.') && !own.test(key));
    for (const key of expected) expect([key, unit.get(key)]).toEqual([key, node.get(key)]);
  });
});
