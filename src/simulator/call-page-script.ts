// The script of the call page: draws the waveforms and plays the embedded sound. It runs in a browser, not here.

/** Reads the JSON and the base64 mu-law that stand beside it; writes nothing but numbers and fixed words to the page. */
export const CALL_PAGE_SCRIPT = `
'use strict';
(() => {
  const call = JSON.parse(document.getElementById('call').textContent);
  const sound = document.getElementById('sound').textContent;
  const canvas = document.getElementById('wave');
  const scroll = document.getElementById('scroll');
  const button = document.getElementById('play');
  const output = document.getElementById('clock');
  const seconds = call.durationMs / 1000;
  const HEIGHT = 190, LANE = 80, MIDDLE = 95;
  let player = null;

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name);
  const time = (value) => Math.floor(value / 60) + ':' + String(Math.floor(value % 60)).padStart(2, '0');

  function draw() {
    const width = Math.max(scroll.clientWidth, Math.min(16000, Math.ceil(seconds * 8)));
    const scale = Math.min(window.devicePixelRatio || 1, 16000 / width);
    canvas.style.width = width + 'px';
    canvas.style.height = HEIGHT + 'px';
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(HEIGHT * scale);
    const g = canvas.getContext('2d');
    g.scale(scale, scale);
    const x = (ms) => (ms / call.durationMs) * width;
    call.turns.forEach((turn, index) => {
      if (turn.spokenMs !== null) {
        g.globalAlpha = 0.12;
        g.fillStyle = colour('--caller');
        g.fillRect(x(turn.startedMs), 15, x(turn.spokenMs) - x(turn.startedMs), LANE);
      }
      if (turn.replyStartMs !== null && turn.replyEndMs !== null) {
        g.globalAlpha = 0.12;
        g.fillStyle = colour('--agent');
        g.fillRect(x(turn.replyStartMs), MIDDLE, x(turn.replyEndMs) - x(turn.replyStartMs), LANE);
      }
      g.globalAlpha = 1;
      if (turn.responseMs !== null) {
        g.fillStyle = colour('--gap');
        g.fillRect(x(turn.spokenMs), 15, Math.max(1, x(turn.replyStartMs) - x(turn.spokenMs)), 2 * LANE);
        g.fillStyle = colour('--soft');
        g.font = '11px system-ui,sans-serif';
        g.fillText(turn.responseMs + ' ms', x(turn.spokenMs), 11);
      }
      g.fillStyle = colour('--soft');
      g.font = '11px system-ui,sans-serif';
      g.fillText(String(index + 1), x(turn.startedMs), HEIGHT - 4);
    });
    lane(g, call.caller, 55, width, '--caller');
    lane(g, call.agent, 135, width, '--agent');
    g.fillStyle = colour('--ink');
    if (player) g.fillRect(x(player.currentTime * 1000), 12, 1, HEIGHT - 24);
  }

  function lane(g, peaks, centre, width, name) {
    g.fillStyle = colour(name);
    peaks.forEach((peak, index) => {
      const half = Math.max(0.5, (peak / 100) * (LANE / 2));
      g.fillRect((index / peaks.length) * width, centre - half, Math.max(0.7, width / peaks.length), 2 * half);
    });
  }

  function linear(code) {
    const u = ~code & 255;
    const value = (((u & 15) << 3) + 132 << ((u >> 4) & 7)) - 132;
    return u & 128 ? -value : value;
  }

  function wav() {
    const bytes = atob(sound);
    const view = new DataView(new ArrayBuffer(44 + bytes.length * 2));
    const name = (at, text) => [...text].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
    name(0, 'RIFF'); view.setUint32(4, 36 + bytes.length * 2, true); name(8, 'WAVEfmt ');
    view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 2, true);
    view.setUint32(24, 8000, true); view.setUint32(28, 32000, true); view.setUint16(32, 4, true);
    view.setUint16(34, 16, true); name(36, 'data'); view.setUint32(40, bytes.length * 2, true);
    for (let i = 0; i < bytes.length; i += 1) view.setInt16(44 + 2 * i, linear(bytes.charCodeAt(i)), true);
    return new Blob([view], { type: 'audio/wav' });
  }

  function tick() {
    output.textContent = time(player.currentTime) + ' / ' + time(seconds);
    draw();
    if (!player.paused) requestAnimationFrame(tick);
  }

  function seek(second) {
    if (!player) return;
    player.currentTime = Math.max(0, Math.min(seconds, second));
    tick();
  }

  if (sound) {
    player = new Audio(URL.createObjectURL(wav()));
    button.addEventListener('click', () => (player.paused ? player.play() : player.pause()));
    player.addEventListener('play', () => { button.textContent = 'Pause'; tick(); });
    player.addEventListener('pause', () => { button.textContent = 'Play'; });
    player.addEventListener('seeked', draw);
  }
  canvas.addEventListener('click', (event) => {
    const box = canvas.getBoundingClientRect();
    seek(((event.clientX - box.left) / box.width) * seconds);
  });
  document.querySelectorAll('tr[data-at]').forEach((row) => {
    row.addEventListener('click', () => seek(Number(row.dataset.at) / 1000));
  });
  window.addEventListener('resize', draw);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  draw();
})();
`;
