// Opens the store: a Postgres server where one is named, else a database of our own in a folder that is ours alone.
import { join } from 'node:path';
import type { Callbacks } from '../ports/call-services.ts';
import type { CallArchive, PastCalls } from '../ports/call-archive.ts';
import type { CampaignStore } from '../ports/campaign-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { DoNotCallList } from '../ports/do-not-call.ts';
import { NO_METER, type Logger, type Meter } from '../ports/telemetry.ts';
import { callbackStore } from './callbacks.ts';
import { DatabaseArchive } from './archive.ts';
import { campaignStore } from './campaign-store.ts';
import type { Database } from './database.ts';
import { doNotCallList } from './do-not-call.ts';
import { embeddedDatabase } from './embedded-database.ts';
import { lockFolder, lockHolder, type LockHolder } from './folder-lock.ts';
import { migrate } from './migrations.ts';
import { pastCalls } from './past-calls.ts';
import { postgresDatabase } from './postgres-database.ts';

export type { LockHolder } from './folder-lock.ts';

export interface Store {
  readonly campaigns: CampaignStore;
  readonly doNotCall: DoNotCallList;
  readonly archive: CallArchive;
  readonly pastCalls: PastCalls;
  readonly callbacks: Callbacks;
  /** Resolves when what was archived so far is written. */
  flush(): Promise<void>;
  /** Says where this process's API listens, for commands that find the folder taken. */
  tellUrl(url: string): void;
  /** Writes what is queued, then lets go. */
  close(): Promise<void>;
}

export interface StoreOptions {
  /** Null for the embedded one. */
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

/** @throws StoreError when it is in use, cannot be reached, or is newer than this program. */
export async function openStore({ databaseUrl, dataDir, ...around }: StoreOptions): Promise<Store> {
  if (databaseUrl !== null) {
    return opened(postgresDatabase(databaseUrl, around.logger), around);
  }
  const lock = lockFolder(dataDir);
  try {
    return await opened(embeddedDatabase(join(dataDir, 'db')), { ...around, ...lock });
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Nothing is kept: for tests and simulations. */
export function openMemoryStore(clock: Clock, logger: Logger): Promise<Store> {
  return opened(embeddedDatabase(null), { clock, logger, meter: NO_METER });
}

/** Who holds the folder of the embedded database; null where nobody does. */
export const storeHolder = (dataDir: string): LockHolder | null => lockHolder(dataDir);

interface Around {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly tell?: (url: string) => void;
  readonly release?: () => void;
}

async function opened(database: Database, { tell, release, ...around }: Around): Promise<Store> {
  try {
    await migrate(database);
  } catch (error) {
    await database.close().catch(() => undefined);
    throw error;
  }
  const archive = new DatabaseArchive(database, around);
  return {
    campaigns: campaignStore(database),
    doNotCall: doNotCallList(database),
    archive,
    pastCalls: pastCalls(database),
    callbacks: callbackStore(database),
    flush: () => archive.flush(),
    tellUrl: (url) => {
      tell?.(url);
    },
    close: async () => {
      await archive.close();
      await database.close();
      release?.();
    },
  };
}
