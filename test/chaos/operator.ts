/**
 * An operator with a terminal: runs commands of `sexton`, again for a while when the cluster is in no state to
 * take them, and follows what a node that refuses to start has printed, to the letter.
 */
import { rename, rm } from 'node:fs/promises';
import { pause, type ChaosCluster } from './cluster.js';
import type { NodeProcess } from './node-process.js';
import { run } from './run-command.js';

const GIVE_UP_AFTER_MS = 90_000;
const AGAIN_AFTER_MS = 500;

export interface AddedMember {
  readonly memberId: number;
  /** As `--members` takes it. */
  readonly members: string;
}

/** Runs `sexton` until it succeeds. Throws what it said last when it does not within a minute and a half. */
export async function insist(cluster: ChaosCluster, args: readonly string[]): Promise<string> {
  const endMs = performance.now() + GIVE_UP_AFTER_MS;
  for (;;) {
    const { status, stdout, stderr } = await cluster.sexton(args);
    if (status === 0) return stdout;
    if (performance.now() > endMs) {
      throw new Error(`sexton ${args.join(' ')} still ends with ${String(status)}: ${stderr.trim()}`);
    }
    await pause(AGAIN_AFTER_MS);
  }
}

export async function addMember(cluster: ChaosCluster, args: readonly string[]): Promise<AddedMember> {
  const { member, members } = JSON.parse(await insist(cluster, [...args, '-o', 'json'])) as {
    readonly member: { readonly memberId: number };
    readonly members: readonly { readonly memberId: number; readonly address: string }[];
  };
  const others = members.filter(({ memberId }) => memberId !== member.memberId);
  return {
    memberId: member.memberId,
    members: others.map(({ memberId, address }) => `${memberId}=${address}`).join(','),
  };
}

/**
 * Carries out the commands in a node's last words, which replace it by a new member. Where the node did not
 * know an address, the operator does. Throws when there are no such words, or when a command does not work.
 */
export async function followAdvice(cluster: ChaosCluster, node: NodeProcess): Promise<void> {
  const commands = node.lastWords.split('\n').flatMap((line) => /^ {5}(\S.*)$/.exec(line)?.[1] ?? []);
  if (commands.length === 0) throw new Error(`there are no commands in: ${node.lastWords}`);
  await carryOut(cluster, node, commands);
}

/** The same where a node refuses and does not say how it can be replaced. */
export async function replaceByHand(cluster: ChaosCluster, node: NodeProcess): Promise<void> {
  const { dataDirectory } = node.setup;
  const endpoints = `--endpoints ${cluster.endpointsBut(node)}`;
  await carryOut(cluster, node, [
    `sexton member remove ${node.memberId} ${endpoints}`,
    `sexton member add --address ${node.address} ${endpoints}`,
    `mv ${dataDirectory} ${dataDirectory}.old`,
    `sexton serve --member-id NEW --data-dir ${dataDirectory} --advertise ${node.address} --join`,
    `sexton member promote NEW ${endpoints}`,
  ]);
}

async function carryOut(
  cluster: ChaosCluster,
  node: NodeProcess,
  commands: readonly string[],
): Promise<void> {
  let newId = 0;
  const { dataDirectory } = node.setup;
  for (const command of commands) {
    const words = command
      .replaceAll('LIVING_HOST:7401', cluster.endpointsBut(node))
      .replaceAll('THIS_HOST:7401', node.address)
      .replaceAll('NEW', String(newId))
      .split(' ');
    const [program, ...args] = words;
    if (program === 'mv') {
      // An earlier directory that was set aside is not this command's business.
      await rm(`${dataDirectory}.old`, { recursive: true, force: true });
      const { status, stderr } = await run('mv', args);
      if (status !== 0) throw new Error(`${command}: ${stderr}`);
    } else if (program === 'sexton' && args[0] === 'member' && args[1] === 'add') {
      newId = (await addMember(cluster, args)).memberId;
    } else if (program === 'sexton' && args[0] === 'member') {
      await insist(cluster, args);
    } else if (program === 'sexton' && args[0] === 'serve') {
      node.becomeMember(newId);
      const started = ['--join', `--member-id ${newId}`, `--data-dir ${dataDirectory}`, node.address];
      const missing = started.filter((each) => !words.join(' ').includes(each));
      if (missing.length > 0) throw new Error(`'${command}' does not say ${missing.join(', ')}`);
      node.start();
    } else {
      throw new Error(`a command that no operator of this test knows: ${command}`);
    }
  }
}

/** Puts a directory aside, as a lost disk does. */
export async function loseDisk(node: NodeProcess): Promise<void> {
  const aside = `${node.setup.dataDirectory}.lost`;
  await rm(aside, { recursive: true, force: true });
  await rename(node.setup.dataDirectory, aside);
}
