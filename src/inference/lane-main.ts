// A lane's process: connects the lane server to the parent process and leaves when the parent does.
import type { HostMessage } from './messages.ts';
import { loadLaneModel } from './lane-models.ts';
import { serveLane } from './lane-server.ts';

const BYTES_PER_MB = 1_048_576;

// Ctrl-C reaches the whole process group; the calls in progress still need their models, so the parent ends the lanes.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => process.exit(0));

serveLane(
  {
    send: (message) => process.send?.(message),
    memoryMb: () => Math.round(process.memoryUsage.rss() / BYTES_PER_MB),
    onMessage: (handle) => {
      process.on('message', (message) => {
        const received = message as HostMessage;
        if (received.type === 'start') process.title = `parley-${received.lane}`;
        handle(received);
      });
    },
  },
  loadLaneModel,
  () => {
    // Disconnecting lets the last message leave first; not inside a message's handler, where Node 20 fails on it.
    setImmediate(() => {
      process.disconnect();
    });
  },
);
