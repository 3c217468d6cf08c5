/**
 * Runs a scenario file against a cluster and writes down the conversation. A file is text that reads from
 * top to bottom:
 *
 *     # a remark, kept
 *     > cluster 3                a command
 *         1 follower ...         what happened, indented; compared, and rewritten by `vitest -u`
 *
 * Commands take the world one step at a time:
 *
 *     cluster N [learners=4,5] [logs="1:1,1,2 2:1,1"] [terms="1:3" votes="1:2"] [setting=value ...]
 *     tick N [times]             time passes at a node
 *     campaign N                 its election timeout passes
 *     propose N text ...         one proposal of several commands
 *     drain N                    take and print its effects; `sendNow` goes out, writes queue up
 *     persist N                  its oldest write becomes durable, what waited for it goes out
 *     apply N                    report what was handed out as applied
 *     settle N ...               drain, persist and apply until nothing is left, quietly
 *     deliver [from->to] [kind]  hand over the messages on the way that match, print them
 *     hold [from->to] [kind]     put matching messages aside; `release` brings them back
 *     drop [from->to] [kind]     lose matching messages
 *     cut from->to ... | heal    break connections, both are quiet
 *     stabilize [print]          everything to everyone until the cluster is quiet
 *     read N context, transfer N target, unreachable N peer, stepDown N, change N add|promote|remove id
 *     compact N upTo
 *     snapshot N [fail|later]    carry the snapshot that N was asked to send, whole or not, now or not:
 *     arrive [last]              the oldest one sent `later` gets there, or the newest
 *     crash N, restart N, status [N ...], disk N
 */
import {
  describeEffects,
  describeEntry,
  describeMessage,
  describeOutcome,
  describeStatus,
} from '../../src/raft/describe.js';
import type { RaftConfig } from '../../src/raft/config.js';
import type { MemberId, MembershipChange, Message, SnapshotMeta, Term } from '../../src/raft/types.js';
import { configurationOf, entriesOfTerms, member, TestCluster, TestNode } from './harness.js';

/** A snapshot on its way: taken when it was asked for. */
interface Stream {
  readonly from: TestNode;
  readonly to: TestNode;
  readonly term: Term;
  readonly meta: SnapshotMeta;
}

function describeStream({ from, to, term, meta }: Stream): string {
  return `${from.id}->${to.id} snapshot term=${term} last=${meta.index}/${meta.term}`;
}

type Handler = (args: readonly string[]) => readonly string[];

export class Scenario {
  #cluster = new TestCluster([]);
  #held: Message[] = [];
  #streams: Stream[] = [];
  readonly #commands: Readonly<Record<string, Handler>> = {
    cluster: (args) => this.#create(args),
    tick: ([id, times]) => this.#quietly(() => this.#node(id).tick(Number(times ?? 1))),
    campaign: ([id]) => this.#quietly(() => this.#node(id).tick(this.#node(id).config.electionTicks)),
    propose: ([id, ...texts]) => [describeOutcome(this.#node(id).propose(...texts))],
    drain: ([id]) => this.#drain(this.#node(id)),
    persist: ([id]) => this.#sent(this.#node(id).persist()),
    apply: ([id]) => this.#quietly(() => this.#node(id).apply()),
    settle: (ids) => this.#quietly(() => ids.forEach((id) => this.#cluster.send(this.#node(id).settle()))),
    deliver: (args) => this.#deliver(args),
    hold: (args) => this.#hold(args),
    release: () => this.#release(),
    drop: (args) => this.#take(args).map((message) => `lost ${describeMessage(message)}`),
    cut: (pairs) => this.#quietly(() => pairs.forEach((pair) => this.#cluster.cuts.add(pair))),
    heal: () => this.#quietly(() => this.#cluster.heal()),
    stabilize: ([print]) =>
      print === 'print' ? this.#stabilizePrinting() : this.#quietly(() => this.#cluster.stabilize()),
    read: ([id, context]) =>
      this.#quietly(() => this.#node(id).step({ kind: 'readIndex', context: Number(context) })),
    transfer: ([id, target]) => [
      describeOutcome(this.#node(id).step({ kind: 'transferLeadership', target: Number(target) })),
    ],
    unreachable: ([id, peer]) =>
      this.#quietly(() => this.#node(id).step({ kind: 'peerUnreachable', member: Number(peer) })),
    stepDown: ([id]) =>
      this.#quietly(() => this.#node(id).step({ kind: 'stepDown', cause: 'the scenario says so' })),
    change: ([id, verb, subject]) => [
      describeOutcome(
        this.#node(id).step({ kind: 'changeMembership', change: changeOf(verb, Number(subject)) }),
      ),
    ],
    compact: ([id, upTo]) => this.#quietly(() => this.#node(id).compact(Number(upTo))),
    snapshot: ([id, how]) => this.#snapshot(this.#node(id), how),
    arrive: ([which]) => this.#arrive(which === 'last'),
    crash: ([id]) => this.#quietly(() => this.#node(id).crash()),
    restart: ([id]) => this.#quietly(() => this.#node(id).restart()),
    status: (ids) => this.#status(ids),
    disk: ([id]) => this.#disk(this.#node(id)),
  };

  /** The file again, with what happens now. */
  run(text: string): string {
    const output: string[] = [];
    for (const line of text.split('\n')) {
      if (line.startsWith('    ')) continue;
      output.push(line);
      if (!line.startsWith('> ')) continue;
      const [name = '', ...args] = (line.slice(2).match(/(?:[^\s"]|"[^"]*")+/g) ?? []).map((word) =>
        word.replaceAll('"', ''),
      );
      const handler = this.#commands[name];
      if (handler === undefined) throw new Error(`no such command: ${line}`);
      output.push(...handler(args).map((result) => `    ${result}`));
    }
    return output.join('\n');
  }

  #node(id: string | undefined): TestNode {
    return this.#cluster.node(Number(id));
  }

  #quietly(action: () => unknown): readonly string[] {
    action();
    return [];
  }

  #create(args: readonly string[]): readonly string[] {
    const options = new Map(args.slice(1).map((arg) => arg.split('=', 2) as [string, string]));
    const voters = Array.from({ length: Number(args[0]) }, (_, at) => at + 1);
    const learners = (options.get('learners') ?? '').split(',').filter(Boolean).map(Number);
    const logs = new Map(
      (options.get('logs') ?? '')
        .split(' ')
        .filter(Boolean)
        .map((log) => log.split(':') as [string, string])
        .map(([id, terms]) => [Number(id), entriesOfTerms(...terms.split(',').map(Number))] as const),
    );
    const [terms, votes] = ['terms', 'votes'].map(
      (name) =>
        new Map(
          (options.get(name) ?? '')
            .split(' ')
            .filter(Boolean)
            .map((pair) => pair.split(':').map(Number) as [number, number]),
        ),
    );
    for (const name of ['learners', 'logs', 'terms', 'votes']) options.delete(name);
    const config = Object.fromEntries(
      [...options].map(([key, value]) => [key, Number(value)]),
    ) as Partial<RaftConfig>;
    this.#cluster = new TestCluster(
      [...voters, ...learners].map((id) => {
        const term = terms?.get(id);
        const votedFor = votes?.get(id) ?? 0;
        return new TestNode({
          id,
          configuration: configurationOf(voters, learners),
          config,
          entries: logs.get(id) ?? [],
          hardState: term === undefined ? {} : { term, votedFor },
        });
      }),
    );
    return [];
  }

  #drain(node: TestNode): readonly string[] {
    const lines = this.#effects(node);
    return lines.length > 0 ? lines : ['nothing to do'];
  }

  #effects(node: TestNode): readonly string[] {
    const effects = node.drain();
    this.#cluster.send(effects.sendNow);
    return describeEffects(effects);
  }

  #sent(messages: readonly Message[]): readonly string[] {
    this.#cluster.send(messages);
    return messages.map((message) => `sent ${describeMessage(message)}`);
  }

  #take(args: readonly string[]): readonly Message[] {
    const pair = args.find((arg) => arg.includes('->'));
    const kind = args.find((arg) => !arg.includes('->'));
    const matches = (message: Message): boolean =>
      (pair === undefined || pair === `${message.from}->${message.to}`) &&
      (kind === undefined || kind === message.kind);
    const taken = this.#cluster.network.filter(matches);
    this.#cluster.network = this.#cluster.network.filter((message) => !matches(message));
    return taken;
  }

  #deliver(args: readonly string[]): readonly string[] {
    const messages = this.#take(args);
    for (const message of messages) this.#cluster.deliver(message);
    return messages.length > 0 ? messages.map(describeMessage) : ['nothing on the way'];
  }

  #hold(args: readonly string[]): readonly string[] {
    const messages = this.#take(args);
    this.#held.push(...messages);
    return messages.map((message) => `held ${describeMessage(message)}`);
  }

  #release(): readonly string[] {
    this.#cluster.network.push(...this.#held);
    this.#held = [];
    return [];
  }

  #stabilizePrinting(): readonly string[] {
    const lines: string[] = [];
    const nodes = this.#cluster.nodes.filter(({ isUp }) => isUp);
    for (let round = 0; round < 100; round++) {
      for (const node of nodes) {
        while (node.core.hasEffects() || node.writesPending > 0 || node.isApplyPending) {
          if (node.core.hasEffects()) lines.push(...this.#effects(node).map((line) => `${node.id}: ${line}`));
          while (node.writesPending > 0) this.#cluster.send(node.persist());
          node.apply();
        }
      }
      if (this.#cluster.network.length === 0) return lines;
      this.#deliver([]);
    }
    throw new Error('the cluster does not become quiet');
  }

  #snapshot(node: TestNode, how: string | undefined): readonly string[] {
    const request = node.snapshotsToSend.shift();
    if (request === undefined) return ['none was asked for'];
    const stream: Stream = {
      from: node,
      to: this.#cluster.node(request.to),
      term: request.term,
      meta: node.snapshotMeta(),
    };
    if (how === 'later') {
      this.#streams.push(stream);
      return [`${describeStream(stream)} sent`];
    }
    return [`${describeStream(stream)} ${how === 'fail' ? this.#end(stream, false) : this.#receive(stream)}`];
  }

  #arrive(last: boolean): readonly string[] {
    const stream = last ? this.#streams.pop() : this.#streams.shift();
    return stream === undefined
      ? ['none on the way']
      : [`${describeStream(stream)} ${this.#receive(stream)}`];
  }

  /** What becomes of it at the other end, in the words of the receiver. */
  #receive({ from, to, term, meta }: Stream): string {
    this.#cluster.send(to.settle());
    const verdict = to.core.judgeSnapshot({ term, meta });
    this.#cluster.send(to.installSnapshot(from.id, term, meta, from.applied.slice(0, meta.index)));
    this.#end({ from, to, term, meta }, true);
    switch (verdict.kind) {
      case 'install':
        return 'installed';
      case 'present':
        return `not needed, the log agrees up to ${verdict.matchIndex}`;
      case 'stale':
        return `refused, the term is ${verdict.term}`;
    }
  }

  #end({ from, to, meta }: Stream, ok: boolean): string {
    if (from.isUp) from.step({ kind: 'snapshotSent', to: to.id, index: meta.index, ok });
    return ok ? 'sent' : 'failed';
  }

  #status(ids: readonly string[]): readonly string[] {
    const wanted = ids.map(Number);
    return this.#cluster.nodes
      .filter(({ id }) => wanted.length === 0 || wanted.includes(id))
      .flatMap((node) => (node.isUp ? describeStatus(node.core.status()) : [`${node.id} down`]));
  }

  #disk(node: TestNode): readonly string[] {
    const { term, votedFor, commitIndex } = node.hardState;
    return [
      `term=${term} vote=${votedFor} commit=${commitIndex} start=${node.log.start.index}/${node.log.start.term}`,
      `log [${node.log.all().map(describeEntry).join(', ')}]`,
    ];
  }
}

function changeOf(verb: string | undefined, id: MemberId): MembershipChange {
  if (verb === 'add') return { kind: 'addLearner', member: member(id) };
  return verb === 'promote' ? { kind: 'promote', id } : { kind: 'remove', id };
}
