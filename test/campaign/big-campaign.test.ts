// Decisions at scale: a bad network, two weeks, six time zones, and not one call against a rule.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMemoryStore, type Store } from '../../src/store/open.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { RecordingLogger } from '../support/recorded-telemetry.ts';
import { runBigCampaign } from '../support/simulated-campaign.ts';

/** PARLEY_BIG_CAMPAIGN=20000 runs it at full size. */
const CONTACTS = Number(process.env['PARLEY_BIG_CAMPAIGN'] ?? 1_000);

describe('a campaign over two weeks', () => {
  let store: Store;
  beforeAll(async () => {
    store = await openMemoryStore(new ManualClock(), new RecordingLogger());
  }, 30_000);
  afterAll(async () => {
    await store.close();
  });

  it(
    'calls nobody at the wrong time, too often, too fast, or against their will',
    async () => {
      const startedMs = performance.now();
      const logger = new RecordingLogger();
      const { result, verdict, progress, auditRows, ...more } = await runBigCampaign(store, {
        contacts: CONTACTS,
        days: 14,
        seed: 7,
        logger,
      });
      const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
      console.info(
        `${CONTACTS} contacts, ${verdict.dials} dials, ${result.calls} calls, ${auditRows} audit rows, ${more.listedMeanwhile} ` +
          `listed meanwhile, ${more.dialsInLongNight} dials in the long night, most at once ${verdict.mostAtOnce}, in a second ${verdict.mostInASecond}; ${result.campaign.state} ` +
          `after ${Math.round(result.simulatedMs / 3_600_000)} h in ${seconds} s; ${JSON.stringify(progress.ends)}`,
      );
      expect(verdict.violations).toEqual([]);
      expect(logger.lines.filter(({ message }) => /failed|dropped|not stored/.test(message))).toEqual([]);
      const final = Object.values(progress.ends).reduce((sum, count) => sum + count, 0);
      expect(final + progress.scheduled + progress.dialling).toBe(CONTACTS);
      expect(progress.dialling).toBe(0);
      expect(progress.ends['do-not-call']).toBeGreaterThan(CONTACTS / 100);
      expect(more.withoutConsent).toEqual({
        contacts: Math.floor(CONTACTS / 50),
        neverDialled: Math.floor(CONTACTS / 50),
      });
      expect(more.dialsInLongNight).toBeGreaterThan(CONTACTS / 200);
      expect(result.simulatedMs).toBeGreaterThan(11 * 86_400_000);
      expect(progress.ends.completed).toBeGreaterThan(CONTACTS / 4);
      // A dial is a call, or one that the network did not take; nobody was called beside the audit.
      expect(result.calls).toBeLessThanOrEqual(verdict.dials);
    },
    120_000 + 150 * CONTACTS,
  );
});
