/** Connections that break, lose everything, work one way only, or are slow. */
import { pause } from '../cluster.js';
import { CLIENTS, type LinkRule, type Party } from '../network.js';
import { describeNode, pickVictim, type Arena, type Nemesis } from './arena.js';

const LOST: LinkRule = { kind: 'lost' };
const REFUSED: LinkRule = { kind: 'refused' };

async function both(arena: Arena, a: Party, b: Party, rule: LinkRule): Promise<void> {
  await arena.network.setLink(a, b, rule);
  await arena.network.setLink(b, a, rule);
}

function others(arena: Arena, slot: Party): Party[] {
  return arena.cluster.nodes.map((node) => node.slot).filter((each) => each !== slot);
}

async function holdAndHeal({ network, prng }: Arena): Promise<void> {
  await pause(prng.between(300, 4_000));
  await network.heal();
}

/** One member alone; its clients still reach it, and must not be told what is no longer true. */
const isolate: Nemesis = {
  name: 'isolate',
  lane: 'links',
  weight: 2,
  strike: async (arena) => {
    const node = await pickVictim(arena);
    const rule = arena.prng.pick([LOST, REFUSED]);
    const withClients = arena.prng.chance(0.3);
    arena.say(
      `${rule.kind === 'lost' ? 'lose everything' : 'break all connections'} between ${await describeNode(arena, node)}, and ` +
        `the other members${withClients ? ' and the clients' : ''}`,
    );
    for (const other of others(arena, node.slot)) await both(arena, node.slot, other, rule);
    if (withClients) await arena.network.setLink(CLIENTS, node.slot, rule);
    await holdAndHeal(arena);
  },
};

/** It is heard and does not hear, or the other way round. */
const oneWay: Nemesis = {
  name: 'one-way',
  lane: 'links',
  whyNot: ({ network }) =>
    Promise.resolve(network.cutsOneWay ? undefined : 'this system does not tell who opened a connection'),
  strike: async (arena) => {
    const node = await pickVictim(arena);
    const isDeaf = arena.prng.chance(0.5);
    arena.say(
      `${await describeNode(arena, node)}, ${isDeaf ? 'hears nothing from' : 'is not heard by'} the others`,
    );
    for (const other of others(arena, node.slot)) {
      await (isDeaf
        ? arena.network.setLink(other, node.slot, LOST)
        : arena.network.setLink(node.slot, other, LOST));
    }
    await holdAndHeal(arena);
  },
};

/** Two parts that do not see each other, and one member that sees both. */
const bridge: Nemesis = {
  name: 'bridge',
  lane: 'links',
  whyNot: ({ network }) =>
    Promise.resolve(network.cutsOneWay ? undefined : 'this system does not tell who opened a connection'),
  strike: async (arena) => {
    const [middle, ...rest] = arena.prng.shuffle(arena.cluster.nodes.map(({ slot }) => slot));
    const half = rest.length >> 1;
    arena.say(
      `slot ${middle ?? 0} is a bridge between ${rest.slice(0, half).join(',')} and ${rest.slice(half).join(',')}`,
    );
    for (const a of rest.slice(0, half)) for (const b of rest.slice(half)) await both(arena, a, b, LOST);
    await holdAndHeal(arena);
  },
};

const clientsCut: Nemesis = {
  name: 'clients',
  lane: 'links',
  strike: async (arena) => {
    const node = await pickVictim(arena);
    const rule = arena.prng.pick([LOST, REFUSED]);
    arena.say(`clients do not reach ${await describeNode(arena, node)} (${rule.kind})`);
    await arena.network.setLink(CLIENTS, node.slot, rule);
    await holdAndHeal(arena);
  },
};

const slow: Nemesis = {
  name: 'slow',
  lane: 'links',
  whyNot: ({ network }) => Promise.resolve(network.whyNotSlow),
  strike: async (arena) => {
    const node = await pickVictim(arena);
    const rule: LinkRule = { kind: 'slow', delayMs: arena.prng.between(20, 400) };
    arena.say(`${rule.delayMs} ms between ${await describeNode(arena, node)}, and everybody`);
    for (const other of [...others(arena, node.slot), CLIENTS]) {
      await arena.network.setLink(other, node.slot, rule);
      if (other !== CLIENTS) await arena.network.setLink(node.slot, other, rule);
    }
    await holdAndHeal(arena);
  },
};

/** Connections that break and come back, faster than anybody decides anything. */
const flap: Nemesis = {
  name: 'flap',
  lane: 'links',
  strike: async (arena) => {
    const node = await pickVictim(arena);
    const times = arena.prng.between(3, 10);
    arena.say(`break the connections of ${await describeNode(arena, node)}, ${times} times`);
    for (let round = 0; round < times; round++) {
      for (const other of others(arena, node.slot)) await both(arena, node.slot, other, REFUSED);
      await pause(arena.prng.between(20, 300));
      await arena.network.heal();
      await pause(arena.prng.between(20, 300));
    }
  },
};

export const LINK_NEMESES: readonly Nemesis[] = [isolate, oneWay, bridge, clientsCut, slow, flap];
