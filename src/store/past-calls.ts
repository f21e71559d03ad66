// Calls as the archive has them, in the shape in which calls in progress are told.
import type { PastCalls } from '../ports/call-archive.ts';
import type { CallOutcome, StagesMs, TurnRecord } from '../ports/call-log.ts';
import type { Sql } from './database.ts';

interface CallRow {
  readonly call_sid: string;
  readonly agent: string;
  readonly direction: 'inbound' | 'outbound';
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly outcome: CallOutcome | null;
  readonly result: string | null;
  readonly collected: Readonly<Record<string, string>>;
  readonly counters: Readonly<Record<string, number>>;
}

interface TurnRow {
  readonly heard: string | null;
  readonly replied: string;
  readonly stages: StagesMs | null;
  readonly barged_in: boolean;
}

export function pastCalls(sql: Sql): PastCalls {
  return {
    find: async (callSid) => {
      const [call] = await sql.query<CallRow>(
        `select call_sid, agent, direction, started_at, ended_at, outcome, result, collected, counters
         from calls where call_sid = $1`,
        [callSid],
      );
      if (call === undefined) return null;
      return {
        callSid: call.call_sid,
        agent: call.agent,
        direction: call.direction,
        startedAt: call.started_at,
        endedAt: call.ended_at,
        // Without an end in the archive its server was killed in the middle of the call.
        state: 'ended',
        outcome: call.outcome ?? 'failed',
        result: call.result,
        collected: call.collected,
        counters: call.counters,
        turns: await turnsOf(sql, callSid),
      };
    },
  };
}

async function turnsOf(sql: Sql, callSid: string): Promise<readonly TurnRecord[]> {
  const turns = await sql.query<TurnRow>(
    'select heard, replied, stages, barged_in from turns where call_sid = $1 order by ordinal',
    [callSid],
  );
  return turns.map(({ heard, replied, stages, barged_in }) => ({
    heard,
    replied,
    stagesMs: stages,
    bargedIn: barged_in,
  }));
}
