/** Positions and sizes that are read when somebody scrapes, instead of being kept up to date all the time. */
import { Gauge, type Registry } from 'prom-client';
import { PURGING_PHASES, SESSION_STATES, STREAM_STATES } from '../catalog/types.js';
import { LinkGauges } from './link-gauges.js';
import type { ScrapeSources } from './metrics.js';
import { StoreGauges } from './store-gauges.js';

export class ScrapeGauges {
  readonly #hasLeader: Gauge;
  readonly #isLeader: Gauge;
  readonly #term: Gauge;
  readonly #commitIndex: Gauge;
  readonly #appliedIndex: Gauge;
  readonly #lastIndex: Gauge;
  readonly #pending: Gauge;
  readonly #watches: Gauge;
  readonly #streams: Gauge<'state'>;
  readonly #purges: Gauge<'phase'>;
  readonly #purgesPaused: Gauge;
  readonly #oldestPending: Gauge;
  readonly #storage: Gauge;
  readonly #peerTrailing: Gauge<'peer'>;
  readonly #digestMismatches: Gauge;
  readonly #links: LinkGauges;
  readonly #store: StoreGauges;
  readonly #sessions: Gauge<'state'>;
  readonly #sessionLag: Gauge;
  readonly #sessionsAwaited: Gauge;
  readonly #purgesDraining: Gauge;
  readonly #clientsStillSending: Gauge;
  readonly #rebornStreams: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    const gauge = (name: string, help: string): Gauge =>
      new Gauge({ name: `sexton_${name}`, help, registers });
    this.#hasLeader = gauge('has_leader', '1 when this node knows a leader.');
    this.#isLeader = gauge('is_leader', '1 when this node leads.');
    this.#term = gauge('term', 'Raft term of this node.');
    this.#commitIndex = gauge('commit_index', 'Highest log index that this node knows to be committed.');
    this.#appliedIndex = gauge('applied_index', 'Highest log index that this node’s catalog contains.');
    this.#lastIndex = gauge('last_log_index', 'Highest log index in this node’s log.');
    this.#pending = gauge('proposals_pending', 'Calls on this node that wait for their entry to be applied.');
    this.#watches = gauge('watches_open', 'Watches open on this node.');
    this.#purgesPaused = gauge('purges_paused', '1 when the whole cluster’s purges are paused.');
    this.#oldestPending = gauge(
      'purge_oldest_pending_age_seconds',
      'Age of the oldest tombstone whose grace is over; leader only.',
    );
    this.#storage = gauge('storage_size_bytes', 'Log and state on disk, about.');
    this.#digestMismatches = gauge(
      'digest_mismatch_members',
      'Members whose state differs from the leader’s at the same index: seen by the leader, and by the member.',
    );
    this.#sessionLag = gauge(
      'session_lag_revisions',
      'Revision less what has drained, of the open session that is furthest behind; leader only.',
    );
    this.#sessionsAwaited = gauge(
      'sessions_awaited',
      'Sessions that some purge waits for: drains outstanding; leader only.',
    );
    this.#purgesDraining = gauge(
      'purges_draining',
      'Purges past the point of no return that wait for sessions; leader only.',
    );
    this.#clientsStillSending = gauge(
      'purges_clients_still_sending',
      'Purges that wait because clients still send to the deleted stream; leader only.',
    );
    this.#rebornStreams = gauge(
      'streams_reborn',
      'Streams that a writer created again below a purged prefix: noticed by this leader, adopted ones for an hour.',
    );
    this.#sessions = new Gauge({
      name: 'sexton_sessions',
      help: 'Sessions of ingest nodes by state; EXPIRED ones hold up purges until their last upload is past its deadline.',
      labelNames: ['state'],
      registers,
    });
    this.#streams = new Gauge({
      name: 'sexton_streams',
      help: 'Streams by state; PURGED counts records that are still kept.',
      labelNames: ['state'],
      registers,
    });
    this.#purges = new Gauge({
      name: 'sexton_purges',
      help: 'PURGING streams by phase, as committed.',
      labelNames: ['phase'],
      registers,
    });
    this.#links = new LinkGauges(registry);
    this.#store = new StoreGauges(registry);
    this.#peerTrailing = new Gauge({
      name: 'sexton_peer_trailing_entries',
      help: 'Entries that a peer is behind this leader; leader only.',
      labelNames: ['peer'],
      registers,
    });
  }

  async read(sources: ScrapeSources): Promise<void> {
    this.#readCore(sources);
    this.#readCatalog(sources);
    this.#links.read(sources.gauges.links());
    this.#store.read(sources.purge(), sources.summary());
    this.#storage.set(await sources.storageSizeBytes().catch(() => NaN));
  }

  #readCore({ gauges, memberId }: ScrapeSources): void {
    this.#pending.set(gauges.pendingProposals());
    this.#watches.set(gauges.openWatches());
    this.#digestMismatches.set(gauges.digestMismatches());
    this.#peerTrailing.reset();
    const core = gauges.core();
    this.#hasLeader.set(core !== undefined && core.leader !== 0 ? 1 : 0);
    this.#isLeader.set(core?.leader === memberId ? 1 : 0);
    this.#term.set(core?.term ?? NaN);
    this.#commitIndex.set(core?.commitIndex ?? NaN);
    this.#appliedIndex.set(core?.appliedIndex ?? NaN);
    this.#lastIndex.set(core?.lastIndex ?? NaN);
    for (const peer of core?.peers ?? []) {
      this.#peerTrailing.set(
        { peer: String(peer.id) },
        Math.max(0, (core?.lastIndex ?? 0) - peer.matchIndex),
      );
    }
  }

  #readCatalog(sources: ScrapeSources): void {
    const summary = sources.summary();
    for (const state of STREAM_STATES) {
      this.#streams.set({ state: state.toLowerCase() }, summary?.streams[state] ?? NaN);
    }
    for (const phase of PURGING_PHASES) {
      this.#purges.set({ phase: phase.toLowerCase() }, summary?.purges[phase] ?? NaN);
    }
    for (const state of SESSION_STATES) {
      this.#sessions.set({ state: state.toLowerCase() }, summary?.sessions[state] ?? NaN);
    }
    const sessions = sources.sessions();
    this.#sessionLag.set(sessions?.lagMax ?? NaN);
    this.#sessionsAwaited.set(sessions?.awaited ?? NaN);
    this.#purgesDraining.set(sessions?.waitingPurges ?? NaN);
    this.#clientsStillSending.set(sessions?.stillSentTo ?? NaN);
    this.#rebornStreams.set(sources.purge()?.rebornStreams.length ?? NaN);
    this.#purgesPaused.set(summary === undefined ? NaN : Number(summary.purgesPaused));
    this.#oldestPending.set((sources.purge()?.oldestPendingAgeMs ?? 0) / 1000);
  }
}
