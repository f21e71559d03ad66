// A server of the Model Context Protocol on standard input and output, for tests: two tools, one of which ends the process.
import { createInterface } from 'node:readline';

const TOOLS = [
  {
    name: 'weather',
    description: 'The weather of a place.',
    inputSchema: { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] },
  },
  { name: 'crash', description: 'Ends.', inputSchema: { type: 'object', properties: {} } },
];

const answer = (id, result) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`);

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === 'initialize') {
    answer(id, {
      protocolVersion: params.protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: 'test', version: '1' },
    });
  } else if (method === 'tools/list') answer(id, { tools: TOOLS });
  else if (method === 'tools/call' && params.name === 'crash') process.exit(1);
  else if (method === 'tools/call')
    answer(id, { content: [{ type: 'text', text: `Rain in ${params.arguments.place}.` }] });
});
