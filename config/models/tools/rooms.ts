// Tools of one's own: a file that exports `tools`. This one keeps its rooms in memory; yours asks your booking system.
import { z } from 'zod';

interface Call {
  readonly callSid: string;
  collect(name: string, value: string): void;
}

const day = z.iso.date().describe('A day, as 2026-12-31.');
const FREE_ROOMS = 3;
const booked = new Map<string, string[]>();

export const tools = [
  {
    name: 'free_rooms',
    description: 'How many rooms are free on a day.',
    input: z.object({ day }),
    run: ({ day }: { day: string }) => ({ free: FREE_ROOMS - (booked.get(day)?.length ?? 0) }),
  },
  {
    name: 'book_room',
    description: 'Books a room.',
    input: z.object({ day, name: z.string().min(2).max(100) }),
    // It changes something: it waits until the caller has finished, and is taken back when nobody heard of it.
    effects: 'lasting',
    afterCancel: 'undo',
    run: ({ day, name }: { day: string; name: string }, call: Call) => {
      const names = booked.get(day) ?? [];
      if (names.length >= FREE_ROOMS) return { booked: false, why: 'no room is free on that day' };
      booked.set(day, [...names, name]);
      call.collect('booked_day', day);
      call.collect('booked_name', name);
      return { booked: true };
    },
    undo: ({ day, name }: { day: string; name: string }) => {
      const names = booked.get(day) ?? [];
      booked.set(
        day,
        names.filter((other, index) => other !== name || index !== names.lastIndexOf(name)),
      );
    },
  },
];
