/** The rings of the architecture: arrows point to lower rings only, edges never import each other. */
const PURE = '^src/(audio|turn|dialogue)/';
const EDGES = 'twilio|inference|responders|http|simulator|config|telemetry|store|contacts';
const COMPOSERS = '^src/(main|app|cli|dialling|campaign-office|agent-minds|commands/.+)\\.ts$';

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: '^src/(cli|inference/lane-main)\\.ts$' },
      to: {},
    },
    {
      name: 'pure-has-no-io',
      severity: 'error',
      from: { path: PURE },
      to: {
        dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer'],
        pathNot: 'node_modules/alawmulaw',
      },
    },
    {
      name: 'pure-imports-pure',
      severity: 'error',
      from: { path: PURE },
      to: { path: '^src/', pathNot: PURE },
    },
    {
      name: 'audio-imports-nothing-of-ours',
      severity: 'error',
      from: { path: '^src/audio/' },
      to: { path: '^src/', pathNot: '^src/audio/' },
    },
    {
      name: 'turn-and-dialogue-import-audio-only',
      severity: 'error',
      from: { path: '^src/(turn|dialogue)/' },
      to: { path: '^src/', pathNot: ['^src/audio/', '^src/$1/'] },
    },
    {
      name: 'ports-import-audio-only',
      severity: 'error',
      from: { path: '^src/ports/' },
      to: { path: '^src/', pathNot: '^src/(ports|audio)/' },
    },
    {
      name: 'call-never-imports-edges',
      severity: 'error',
      from: { path: '^src/call/' },
      to: { path: '^src/', pathNot: '^src/(audio|turn|dialogue|ports|call)/' },
    },
    {
      name: 'campaign-imports-ports-only',
      severity: 'error',
      from: { path: '^src/campaign/' },
      to: { path: '^src/', pathNot: '^src/(audio|ports|campaign)/' },
    },
    {
      name: 'edges-never-import-call',
      severity: 'error',
      from: { path: `^src/(${EDGES})/` },
      to: { path: '^src/(call|turn|campaign)/' },
    },
    {
      name: 'only-responders-speak-dialogue',
      severity: 'error',
      from: { path: `^src/(${EDGES})/`, pathNot: '^src/responders/' },
      to: { path: '^src/dialogue/' },
    },
    {
      name: 'edges-are-siblings',
      severity: 'error',
      from: { path: `^src/(${EDGES})/` },
      to: { path: `^src/(${EDGES})/`, pathNot: ['^src/$1/', '^src/config/'] },
    },
    {
      name: 'the-simulator-imports-audio-only',
      severity: 'error',
      from: { path: '^src/simulator/' },
      to: { path: '^src/', pathNot: '^src/(simulator|audio|config)/' },
    },
    {
      name: 'only-composers-compose',
      severity: 'error',
      from: { path: '^src/', pathNot: COMPOSERS },
      to: { path: COMPOSERS },
    },
    { name: 'src-never-test', severity: 'error', from: { path: '^src/' }, to: { path: '^(test|scripts)/' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
