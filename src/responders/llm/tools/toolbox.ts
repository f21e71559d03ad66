// All tools of one agent, put together when it is loaded; those of MCP servers come when the servers answer.
import { dirname, resolve } from 'node:path';
import type { FlowFault } from '../../../dialogue/flow-check.ts';
import type { ModelFile } from '../model-schema.ts';
import { builtInTools } from './built-in.ts';
import { httpTool, urlFault } from './http-tool.ts';
import { McpServer, type McpDeps } from './mcp-tools.ts';
import { loadOwnTools } from './own-tools.ts';
import type { ModelTool } from './tool.ts';

export interface Toolbox {
  /** By name, in a map of the asker's own; the agent's own tools go before those of servers. */
  tools(): Map<string, ModelTool>;
  /** Servers that were away are tried again. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

export interface ToolboxDeps extends McpDeps {
  /** Of the agent; files are named relative to it. */
  readonly file: string;
  readonly zone: string;
}

/** What is wrong is added to `faults`, with the key's path. */
export async function openToolbox(
  { tools: file }: Pick<ModelFile, 'tools'>,
  deps: ToolboxDeps,
  faults: FlowFault[],
): Promise<Toolbox> {
  const fixed: ModelTool[] = [...builtInTools(file, deps.zone)];
  for (const [name, http] of Object.entries(file.http)) {
    const expected = urlFault(http.url);
    if (expected === null) fixed.push(httpTool(name, http, deps.environment));
    else
      faults.push({
        path: ['model', 'tools', 'http', name, 'url'],
        found: JSON.stringify(http.url),
        expected,
      });
  }
  for (const [index, path] of file.files.entries()) {
    try {
      fixed.push(...(await loadOwnTools(resolve(dirname(deps.file), path))));
    } catch (error) {
      const found = `${path}: ${(error as Error).message}`;
      faults.push({ path: ['model', 'tools', 'files', index], found, expected: 'a file that exports tools' });
    }
  }
  for (const [index, { name }] of fixed.entries()) {
    if (fixed.findIndex((other) => other.name === name) === index) continue;
    faults.push({
      path: ['model', 'tools'],
      found: `two tools called ${name}`,
      expected: 'names that differ',
    });
  }
  const servers = Object.entries(file.mcp).map(([name, server]) => new McpServer(name, server, deps));
  return {
    tools: () =>
      new Map([...servers.flatMap((server) => server.tools), ...fixed].map((tool) => [tool.name, tool])),
    refresh: async () => {
      await Promise.all(servers.map((server) => server.connect()));
    },
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}
