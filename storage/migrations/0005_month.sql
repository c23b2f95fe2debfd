-- The month: what everybody has (kept beside the ledger), deductions by two, hints that hold points, closing and publicity.

-- Every dispatch of a case has a record of its own, kept with each move: agencies are measured by it.
CREATE TABLE dispatches (
  id {id},
  case_id {ref} NOT NULL REFERENCES cases (id),
  agency_id TEXT NOT NULL,
  at TEXT NOT NULL,
  accept_due TEXT,
  resolve_due TEXT,
  paused_at TEXT,
  accepted_at TEXT,
  handled_at TEXT,
  sent_at TEXT,
  failed {ref} NOT NULL DEFAULT 0,
  closed_at TEXT,
  confirmed_by {ref} REFERENCES members (id),
  resolution TEXT REFERENCES resolutions (name),
  reopened_at TEXT,
  ended_at TEXT,
  ending TEXT REFERENCES moves (name),
  baseless TEXT
) {strict};
CREATE INDEX dispatches_case ON dispatches (case_id, id);
CREATE INDEX dispatches_at ON dispatches (at);
CREATE INDEX dispatches_accept_due ON dispatches (accept_due) WHERE accept_due IS NOT NULL;
CREATE INDEX dispatches_resolve_due ON dispatches (resolve_due) WHERE resolve_due IS NOT NULL;
CREATE INDEX dispatches_sent ON dispatches (sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX dispatches_closed ON dispatches (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX ratings_at ON ratings (at);

-- The figures of a month that are being counted for somebody, a slice at a time.
CREATE TABLE figure_runs (
  member_id {ref} PRIMARY KEY REFERENCES members (id),
  period TEXT NOT NULL,
  since TEXT NOT NULL,
  until TEXT NOT NULL,
  after_rider {ref} NOT NULL DEFAULT 0,
  counted TEXT NOT NULL
) {strict};

-- Of a case from before, only the last dispatch is known.
INSERT INTO dispatches (case_id, agency_id, at, accept_due, resolve_due, paused_at, accepted_at, handled_at, sent_at,
  failed, closed_at, confirmed_by, resolution)
  SELECT c.id, c.agency_id, c.dispatched_at, c.accept_due, c.resolve_due,
    CASE WHEN c.state IN ('need_info', 'on_hold') AND c.severity <> 'P1' THEN c.moved_at END, c.accepted_at,
    CASE WHEN c.handled_at >= c.dispatched_at THEN c.handled_at END,
    (SELECT min(e.at) FROM case_events e WHERE e.case_id = c.id AND e.move = 'ask_verification'
      AND e.at >= c.dispatched_at),
    c.reworks, c.closed_at,
    CASE WHEN c.closed_at IS NOT NULL THEN (SELECT e.actor_id FROM case_events e WHERE e.case_id = c.id
      AND e.move = 'confirm' ORDER BY e.version DESC LIMIT 1) END,
    CASE WHEN c.closed_at IS NOT NULL THEN c.resolution END
  FROM cases c WHERE c.dispatched_at IS NOT NULL AND c.agency_id IS NOT NULL AND c.state NOT IN ('draft', 'reported',
    'filed', 'returned', 'reopened', 'withdrawn', 'rejected', 'merged') ORDER BY c.id;

-- Sums of the ledger, changed with every row in the same transaction; a test and `ranking verify` compare them with it.
CREATE TABLE balances (
  member_id {ref} NOT NULL REFERENCES members (id),
  period TEXT NOT NULL,
  ranking {ref} NOT NULL,
  PRIMARY KEY (member_id, period)
) {strict};
CREATE INDEX balances_rank ON balances (period, ranking, member_id);
CREATE TABLE wallets (
  member_id {ref} PRIMARY KEY REFERENCES members (id),
  spendable {ref} NOT NULL
) {strict};
INSERT INTO balances (member_id, period, ranking)
  SELECT member_id, period, CAST(SUM(CASE WHEN spendable_only IS NULL THEN delta ELSE 0 END) AS BIGINT) FROM points
  WHERE step <> 'pending' GROUP BY member_id, period;
INSERT INTO wallets (member_id, spendable)
  SELECT member_id, CAST(SUM(delta) AS BIGINT) FROM points WHERE step <> 'pending' GROUP BY member_id;
CREATE INDEX points_period ON points (period, member_id, id);
CREATE INDEX points_pending ON points (at, id) WHERE step = 'pending';
INSERT INTO photo_kinds (name) VALUES ('evidence');
ALTER TABLE points ADD COLUMN photo_id {ref} REFERENCES photos (id);
-- Which figure of an item that has several; what a row moved in the wallet, where that is not its delta.
ALTER TABLE points ADD COLUMN grade {ref} NOT NULL DEFAULT 0;
ALTER TABLE points ADD COLUMN wallet {ref};

-- A deduction: proposed by one admin, the rider heard, agreed by another; only then a row of the ledger.
CREATE TABLE deductions (
  id {id},
  member_id {ref} NOT NULL REFERENCES members (id),
  item TEXT NOT NULL,
  points {ref} NOT NULL,
  case_id {ref} REFERENCES cases (id),
  reason TEXT NOT NULL,
  photo_id {ref} REFERENCES photos (id),
  asked_by {ref} NOT NULL REFERENCES members (id),
  asked_at TEXT NOT NULL,
  heard_until TEXT NOT NULL,
  answer TEXT NOT NULL DEFAULT '',
  answered_at TEXT,
  decided_by {ref} REFERENCES members (id),
  decided_at TEXT,
  entry_id {ref} REFERENCES points (id)
) {strict};
CREATE INDEX deductions_open ON deductions (member_id) WHERE decided_at IS NULL;

-- Why an entry waits for a person: a hint never punishes by itself.
CREATE TABLE hint_kinds (name TEXT PRIMARY KEY) {strict};
INSERT INTO hint_kinds (name) VALUES ('check'), ('same_photo'), ('near_photo'), ('own_place'), ('burst'), ('distance');
CREATE TABLE hints (
  id {id},
  entry_id {ref} NOT NULL REFERENCES points (id),
  kind TEXT NOT NULL REFERENCES hint_kinds (name),
  detail TEXT NOT NULL DEFAULT '',
  at TEXT NOT NULL,
  settled_by {ref} REFERENCES members (id),
  settled_at TEXT,
  UNIQUE (entry_id, kind)
) {strict};
CREATE INDEX hints_open ON hints (entry_id) WHERE settled_at IS NULL;
-- A near copy agrees with the other picture in one of these parts of its hash, but for one bit.
CREATE INDEX photos_phash1 ON photos (substr(phash, 1, 3));
CREATE INDEX photos_phash2 ON photos (substr(phash, 4, 3));
CREATE INDEX photos_phash3 ON photos (substr(phash, 7, 3));
CREATE INDEX photos_phash4 ON photos (substr(phash, 10, 3));
CREATE INDEX photos_phash5 ON photos (substr(phash, 13, 4));

CREATE TABLE month_states (name TEXT PRIMARY KEY) {strict};
INSERT INTO month_states (name) VALUES ('open'), ('freezing'), ('frozen'), ('publicity'), ('final');
CREATE TABLE months (
  period TEXT PRIMARY KEY,
  state TEXT NOT NULL REFERENCES month_states (name),
  version {ref} NOT NULL DEFAULT 0,
  checkpoint TEXT NOT NULL DEFAULT '',
  frozen_at TEXT,
  publicity_at TEXT,
  publicity_until TEXT,
  final_at TEXT,
  announced_at TEXT,
  hash TEXT,
  riders {ref} NOT NULL DEFAULT 0,
  active {ref} NOT NULL DEFAULT 0,
  shared {ref} NOT NULL DEFAULT 0,
  reported {ref} NOT NULL DEFAULT 0,
  resolved {ref} NOT NULL DEFAULT 0
) {strict};
-- A version of a month's ranking is never changed; an objection that is upheld makes the next one.
CREATE TABLE ranking_lines (
  period TEXT NOT NULL REFERENCES months (period),
  version {ref} NOT NULL,
  member_id {ref} NOT NULL REFERENCES members (id),
  place {ref} NOT NULL,
  points {ref} NOT NULL,
  resolved {ref} NOT NULL,
  invalid {ref} NOT NULL,
  reported {ref} NOT NULL,
  reached_at TEXT NOT NULL,
  PRIMARY KEY (period, version, member_id)
) {strict};
-- The order of rule 10, which is the order of the places.
CREATE INDEX ranking_lines_order ON ranking_lines (period, version, points DESC, resolved DESC, invalid, reached_at, member_id);
-- Who was in office in a month is asked member by member.
CREATE INDEX posts_member ON posts (member_id);

CREATE TABLE objection_states (name TEXT PRIMARY KEY) {strict};
INSERT INTO objection_states (name) VALUES ('open'), ('upheld'), ('dismissed'), ('withdrawn');
CREATE TABLE objections (
  id {id},
  period TEXT NOT NULL,
  member_id {ref} NOT NULL REFERENCES members (id),
  entry_id {ref} REFERENCES points (id),
  words TEXT NOT NULL,
  at TEXT NOT NULL,
  due_at TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'open' REFERENCES objection_states (name),
  asked_id {ref} REFERENCES members (id),
  answered_by {ref} REFERENCES members (id),
  answered_at TEXT,
  answer TEXT NOT NULL DEFAULT ''
) {strict};
CREATE INDEX objections_open ON objections (period) WHERE state = 'open';
CREATE INDEX objections_member ON objections (member_id, at);
