// The style sheet of the call page: light and dark, and a table that becomes cards on a narrow screen.

export const CALL_PAGE_STYLE = `
:root{color-scheme:light dark;--paper:#fdfdfc;--ink:#1d2126;--soft:#626b75;--rule:#dfe3e7;--caller:#2467b2;--agent:#a8501c;--gap:#2f8a4c33;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--paper:#15181b;--ink:#e6e9ec;--soft:#9aa4ae;--rule:#31373d;--caller:#7db4f0;--agent:#f0a070;--gap:#5fd08a40;--bad:#ff8a80}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:76rem;background:var(--paper);color:var(--ink);font:16px/1.45 system-ui,sans-serif}
h1{margin:0;font-size:1.4rem}
.facts,.note,.legend,.stages,small{color:var(--soft);font-size:.85rem}
.failures{margin:.5rem 0;padding:.5rem 1rem .5rem 2rem;border-left:4px solid var(--bad)}
.player{display:flex;flex-wrap:wrap;gap:.8rem;align-items:center;margin:.8rem 0}
button{font:inherit;padding:.35rem 1.1rem;border:1px solid var(--rule);border-radius:.4rem;background:none;color:inherit}
#clock{font-variant-numeric:tabular-nums}
#scroll{overflow-x:auto;border:1px solid var(--rule);border-radius:.4rem}
canvas{display:block;cursor:pointer}
.legend i{display:inline-block;width:.8em;height:.8em;margin:0 .35em 0 .9em}
.legend .caller{background:var(--caller)}.legend .agent{background:var(--agent)}.legend .gap{background:var(--gap)}
table{width:100%;border-collapse:collapse;margin-top:1rem}
th,td{padding:.4rem .5rem;border-bottom:1px solid var(--rule);text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{overflow-wrap:normal}
td:nth-child(1),td:nth-child(2),td:nth-child(5){white-space:nowrap;overflow-wrap:normal}
td:nth-child(3){color:var(--caller)}td:nth-child(4){color:var(--agent)}
small{display:block}
tr[data-at]{cursor:pointer}
@media (max-width:44rem){
thead{display:none}table,tbody,tr{display:block}tr{padding:.5rem 0;border-bottom:1px solid var(--rule)}
td{display:block;border:0;padding:.1rem 0}td:empty{display:none}td:nth-child(1){display:none}td:nth-child(2){color:var(--soft);font-size:.85rem}
}
`;
