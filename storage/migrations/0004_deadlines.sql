-- What silence leads to: the ladder's reminders, supervision orders, leave with deputies, the county's own calendar days.
ALTER TABLE cases ADD COLUMN progressed_at TEXT;
CREATE INDEX cases_closed ON cases (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX cases_accept_due ON cases (accept_due) WHERE accept_due IS NOT NULL;
CREATE INDEX cases_resolve_due ON cases (resolve_due) WHERE resolve_due IS NOT NULL;
-- All that is counted of open cases: ten thousand rows in as many places of the file are not read for a number.
CREATE INDEX cases_standing ON cases (agency_id, state, severity, resolve_due, practice_at)
  WHERE state NOT IN ('closed', 'rejected', 'merged', 'withdrawn');
CREATE INDEX cases_clocks ON cases (id) WHERE state IN ('dispatched', 'accepted', 'rework', 'on_hold', 'need_info');

-- A day is written again when it is changed; the newest row of a day counts, older ones tell what was true before.
CREATE TABLE calendar_days (
  id {id},
  day TEXT NOT NULL,
  works TEXT NOT NULL,
  noted_by {ref} REFERENCES members (id),
  noted_at TEXT NOT NULL
) {strict};
CREATE INDEX calendar_days_day ON calendar_days (day, id);

CREATE TABLE reminder_states (name TEXT PRIMARY KEY) {strict};
INSERT INTO reminder_states (name) VALUES ('waiting'), ('told'), ('bundled'), ('dropped');
CREATE TABLE reminders (
  id {id},
  case_id {ref} NOT NULL REFERENCES cases (id),
  step TEXT NOT NULL,
  moment {ref} NOT NULL,
  level TEXT NOT NULL DEFAULT '',
  part TEXT NOT NULL,
  member_id {ref} NOT NULL REFERENCES members (id),
  due_at TEXT NOT NULL,
  send_at TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting' REFERENCES reminder_states (name),
  reason TEXT NOT NULL DEFAULT '',
  told_in TEXT,
  settled_at TEXT,
  UNIQUE (case_id, step, moment, member_id, due_at)
) {strict};
CREATE INDEX reminders_waiting ON reminders (member_id, send_at) WHERE state = 'waiting';
CREATE INDEX reminders_told ON reminders (member_id, settled_at) WHERE state = 'told';
CREATE INDEX timers_handed ON timers (due_at) WHERE handed_at IS NOT NULL;
CREATE INDEX outbox_reminders ON outbox (member_id, created_at) WHERE rank = 2;
CREATE INDEX reminders_level ON reminders (level, due_at) WHERE level <> '';

-- A supervision order: numbered by the year, about one case, to one agency.
CREATE TABLE supervisions (
  id {id},
  year {ref} NOT NULL,
  number {ref} NOT NULL,
  case_id {ref} NOT NULL REFERENCES cases (id),
  agency TEXT NOT NULL,
  level TEXT NOT NULL,
  words TEXT NOT NULL DEFAULT '',
  made_by {ref} NOT NULL REFERENCES members (id),
  made_at TEXT NOT NULL,
  sent_by {ref} REFERENCES members (id),
  sent_at TEXT,
  UNIQUE (year, number)
) {strict};
CREATE INDEX supervisions_case ON supervisions (case_id);

-- Cases a deputy has in hand while somebody is on leave.
CREATE TABLE loans (
  id {id},
  case_id {ref} NOT NULL REFERENCES cases (id),
  from_id {ref} NOT NULL REFERENCES members (id),
  to_id {ref} NOT NULL REFERENCES members (id),
  lent_at TEXT NOT NULL,
  ended_at TEXT
) {strict};
CREATE UNIQUE INDEX loans_running ON loans (case_id) WHERE ended_at IS NULL;
CREATE INDEX loans_from ON loans (from_id) WHERE ended_at IS NULL;

-- Who answers for an agency outside working hours.
CREATE TABLE night_duties (
  id {id},
  agency TEXT NOT NULL,
  member_id {ref} NOT NULL REFERENCES members (id),
  from_at TEXT NOT NULL,
  until_at TEXT NOT NULL,
  noted_by {ref} NOT NULL REFERENCES members (id),
  noted_at TEXT NOT NULL
) {strict};
CREATE INDEX night_duties_agency ON night_duties (agency, until_at);
