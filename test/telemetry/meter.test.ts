// What Prometheus scrapes: every metric is there, with its help, and counts what it was given.
import { describe, expect, it } from 'vitest';
import { createMeter } from '../../src/telemetry/meter.ts';
import { COUNTERS, GAUGES, HISTOGRAMS } from '../../src/telemetry/metrics.ts';

describe('the meter', () => {
  it('exposes every metric of the table with its help', async () => {
    const { contentType, body } = await createMeter().expose();
    expect(contentType).toContain('text/plain');
    for (const [name, { help }] of Object.entries(COUNTERS)) {
      expect(body).toContain(`# HELP parley_${name}_total ${help}`);
      expect(body).toContain(`# TYPE parley_${name}_total counter`);
    }
    for (const name of Object.keys(HISTOGRAMS)) expect(body).toContain(`# TYPE parley_${name} histogram`);
    for (const name of Object.keys(GAUGES)) expect(body).toContain(`# TYPE parley_${name} gauge`);
  });

  it('counts, observes and sets, by label', async () => {
    const { meter, expose } = createMeter();
    meter.count('frames_received');
    meter.count('frames_received', 4);
    meter.count('twilio_messages_ignored', 1, { reason: 'not-json' });
    meter.count('port_failures', 2, { port: 'transcriber', code: 'lane-timeout' });
    meter.observe('turn_stage_ms', 80, { stage: 'stt' });
    meter.gauge('calls_in_progress', 3);
    meter.gauge('calls_in_progress', 2);
    const { body } = await expose();
    expect(body).toContain('parley_frames_received_total 5\n');
    expect(body).toContain('parley_twilio_messages_ignored_total{reason="not-json"} 1\n');
    expect(body).toContain('parley_port_failures_total{port="transcriber",code="lane-timeout"} 2\n');
    expect(body).toContain('parley_turn_stage_ms_bucket{le="50",stage="stt"} 0\n');
    expect(body).toContain('parley_turn_stage_ms_bucket{le="100",stage="stt"} 1\n');
    expect(body).toContain('parley_turn_stage_ms_sum{stage="stt"} 80\n');
    expect(body).toContain('parley_calls_in_progress 2\n');
  });

  it('shares nothing with another meter', async () => {
    const [one, other] = [createMeter(), createMeter()];
    one.meter.count('barge_ins');
    expect((await other.expose()).body).toContain('parley_barge_ins_total 0\n');
  });

  it('has ascending buckets', () => {
    for (const { buckets } of Object.values(HISTOGRAMS)) {
      expect([...buckets].sort((a, b) => a - b)).toEqual(buckets);
    }
  });
});
