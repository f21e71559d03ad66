// The campaign store of the ports on a database: each method is one query or one transaction.
import type { CampaignStore } from '../ports/campaign-store.ts';
import {
  attemptView,
  expiredAttempts,
  lastOutcomes,
  nextExpiry,
  noteRecording,
  updateAttempt,
} from './attempts.ts';
import { readAudit } from './audit.ts';
import {
  addContacts,
  addRejected,
  createCampaign,
  findCampaign,
  listCampaigns,
  rejectedRows,
  setCampaignState,
} from './campaigns.ts';
import { claim } from './claim.ts';
import type { Database } from './database.ts';
import { campaignProgress, contactResults, resultColumns } from './reports.ts';

export function campaignStore(database: Database): CampaignStore {
  return {
    create: (id, spec, at) => createCampaign(database, id, spec, at),
    find: (idOrName) => findCampaign(database, idOrName),
    list: () => listCampaigns(database),
    setState: (id, change) => setCampaignState(database, id, change),
    addContacts: (campaignId, contacts, at) => addContacts(database, campaignId, contacts, at),
    addRejected: (campaignId, rows) => addRejected(database, campaignId, rows),
    rejected: (campaignId, afterLine, limit) => rejectedRows(database, campaignId, afterLine, limit),
    claim: (request) => database.transaction((sql) => claim(sql, request)),
    update: (attemptId, at, change) => updateAttempt(database, attemptId, at, change),
    attempt: (attemptId) => attemptView(database, attemptId),
    noteRecording: (attemptId, url) => noteRecording(database, attemptId, url),
    expired: (now, limit) => expiredAttempts(database, now, limit),
    nextExpiry: () => nextExpiry(database),
    lastOutcomes: (campaignId, limit) => lastOutcomes(database, campaignId, limit),
    progress: (campaignId, now) => campaignProgress(database, campaignId, now),
    resultColumns: (campaignId) => resultColumns(database, campaignId),
    results: (campaignId, afterLine, limit) => contactResults(database, campaignId, afterLine, limit),
    audit: (campaignId, afterSeq, limit) => readAudit(database, campaignId, afterSeq, limit),
  };
}
