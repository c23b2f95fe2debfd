-- Enumerations are tables: a new state, role or kind is one INSERT in a later migration.
CREATE TABLE platforms (name TEXT PRIMARY KEY) {strict};
INSERT INTO platforms (name) VALUES ('telegram'), ('wecom'), ('sandbox');
CREATE TABLE roles (name TEXT PRIMARY KEY) {strict};
INSERT INTO roles (name) VALUES ('guest'), ('rider'), ('captain'), ('contact'), ('leader'), ('dispatcher'),
  ('verifier'), ('station_keeper'), ('admin'), ('auditor');
CREATE TABLE case_states (name TEXT PRIMARY KEY, final TEXT) {strict};
INSERT INTO case_states (name, final) VALUES ('draft', NULL), ('reported', NULL), ('need_info', NULL),
  ('rejected', 'yes'), ('merged', 'yes'), ('withdrawn', 'yes'), ('filed', NULL), ('dispatched', NULL),
  ('returned', NULL), ('accepted', NULL), ('on_hold', NULL), ('handled', NULL), ('verifying', NULL),
  ('rework', NULL), ('verified', NULL), ('closed', 'yes'), ('reopened', NULL);
CREATE TABLE moves (name TEXT PRIMARY KEY) {strict};
INSERT INTO moves (name) VALUES ('report'), ('file'), ('ask'), ('supply'), ('reject'), ('merge'), ('withdraw'),
  ('dispatch'), ('return'), ('reassign'), ('accept'), ('hold'), ('resume'), ('extend'), ('handle'),
  ('ask_verification'), ('confirm'), ('dispute'), ('close'), ('reopen'), ('archive'), ('undo_reject'),
  ('undo_merge'), ('undo_return'), ('reroute'), ('undo_accept'), ('undo_handle'), ('undo_close');
CREATE TABLE severities (name TEXT PRIMARY KEY) {strict};
INSERT INTO severities (name) VALUES ('P1'), ('P2'), ('P3'), ('P4');
CREATE TABLE resolutions (name TEXT PRIMARY KEY) {strict};
INSERT INTO resolutions (name) VALUES ('resolved'), ('unfixable'), ('not_found'), ('referred'), ('explained');
CREATE TABLE inbox_states (name TEXT PRIMARY KEY) {strict};
INSERT INTO inbox_states (name) VALUES ('new'), ('done'), ('refused'), ('set_aside');
CREATE TABLE outbox_states (name TEXT PRIMARY KEY) {strict};
INSERT INTO outbox_states (name) VALUES ('queued'), ('sending'), ('sent'), ('unknown'), ('dropped'), ('replaced'),
  ('dead');
CREATE TABLE photo_states (name TEXT PRIMARY KEY) {strict};
INSERT INTO photo_states (name) VALUES ('wanted'), ('stored'), ('failed');
CREATE TABLE photo_kinds (name TEXT PRIMARY KEY) {strict};
INSERT INTO photo_kinds (name) VALUES ('report'), ('supply'), ('repair'), ('verify'), ('intervention');

CREATE TABLE members (
  id {id},
  name TEXT NOT NULL,
  phone TEXT,
  language TEXT NOT NULL DEFAULT 'zh-CN',
  firm TEXT,
  station TEXT,
  badge TEXT UNIQUE,
  demo TEXT UNIQUE,
  created_at TEXT NOT NULL,
  left_at TEXT
) {strict};
INSERT INTO members (name, created_at) VALUES ('system', '1970-01-01T00:00:00.000Z');
CREATE UNIQUE INDEX members_phone ON members (phone) WHERE phone IS NOT NULL AND left_at IS NULL;
CREATE INDEX members_name ON members (name);

CREATE TABLE accounts (
  space TEXT NOT NULL REFERENCES platforms (name),
  id TEXT NOT NULL,
  alias TEXT,
  member_id {ref} NOT NULL REFERENCES members (id),
  bound_at TEXT NOT NULL,
  unreachable_at TEXT,
  PRIMARY KEY (space, id)
) {strict};
CREATE INDEX accounts_member ON accounts (member_id);

CREATE TABLE posts (
  id {id},
  member_id {ref} NOT NULL REFERENCES members (id),
  role TEXT NOT NULL REFERENCES roles (name),
  agency TEXT NOT NULL DEFAULT '',
  rank TEXT NOT NULL DEFAULT '',
  from_at TEXT NOT NULL,
  until_at TEXT,
  granted_by {ref} REFERENCES members (id)
) {strict};
CREATE UNIQUE INDEX posts_held ON posts (member_id, role, agency) WHERE until_at IS NULL;
CREATE INDEX posts_agency ON posts (agency, role) WHERE until_at IS NULL;
CREATE INDEX posts_role ON posts (role) WHERE until_at IS NULL;

CREATE TABLE duties (
  member_id {ref} NOT NULL REFERENCES members (id),
  duty TEXT NOT NULL,
  from_day TEXT NOT NULL,
  until_day TEXT NOT NULL,
  PRIMARY KEY (member_id, duty, from_day)
) {strict};

CREATE TABLE leaves (
  id {id},
  member_id {ref} NOT NULL REFERENCES members (id),
  from_at TEXT NOT NULL,
  until_at TEXT NOT NULL,
  noted_at TEXT NOT NULL
) {strict};
CREATE INDEX leaves_member ON leaves (member_id, until_at);

CREATE TABLE consents (
  member_id {ref} NOT NULL REFERENCES members (id),
  purpose TEXT NOT NULL,
  version TEXT NOT NULL,
  platform TEXT NOT NULL REFERENCES platforms (name),
  given_at TEXT,
  refused_at TEXT,
  PRIMARY KEY (member_id, purpose, version)
) {strict};

CREATE TABLE bind_codes (
  id {id},
  hash TEXT NOT NULL UNIQUE,
  member_id {ref} NOT NULL REFERENCES members (id),
  made_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  used_at TEXT,
  void_at TEXT
) {strict};

CREATE TABLE tries (
  id {id},
  member_id {ref} NOT NULL REFERENCES members (id),
  what TEXT NOT NULL,
  at TEXT NOT NULL
) {strict};
CREATE INDEX tries_recent ON tries (member_id, what, at);

CREATE TABLE groups (
  platform TEXT NOT NULL REFERENCES platforms (name),
  chat TEXT NOT NULL,
  bound_by {ref} REFERENCES members (id),
  bound_at TEXT NOT NULL,
  ended_at TEXT,
  PRIMARY KEY (platform, chat)
) {strict};

CREATE TABLE counters (name TEXT PRIMARY KEY, value {ref} NOT NULL) {strict};
INSERT INTO counters (name, value) VALUES ('case', 0);

CREATE TABLE cases (
  id {id},
  number {ref} NOT NULL UNIQUE,
  state TEXT NOT NULL REFERENCES case_states (name),
  version {ref} NOT NULL DEFAULT 1,
  round {ref} NOT NULL DEFAULT 1,
  category TEXT,
  severity TEXT NOT NULL REFERENCES severities (name),
  description TEXT NOT NULL,
  place TEXT NOT NULL,
  lat_e6 {ref},
  lon_e6 {ref},
  grid TEXT,
  community TEXT,
  reporter_id {ref} NOT NULL REFERENCES members (id),
  agency_id TEXT,
  contact_id {ref} REFERENCES members (id),
  previous_agency_id TEXT,
  previous_contact_id {ref} REFERENCES members (id),
  handler_id {ref} REFERENCES members (id),
  verifier_id {ref} REFERENCES members (id),
  merged_into {ref} REFERENCES cases (id),
  reopened_from {ref} REFERENCES cases (id),
  resume_state TEXT REFERENCES case_states (name),
  resolution TEXT REFERENCES resolutions (name),
  repair_note TEXT NOT NULL DEFAULT '',
  home_platform TEXT REFERENCES platforms (name),
  home_chat TEXT,
  practice_at TEXT,
  binding_at TEXT,
  returns {ref} NOT NULL DEFAULT 0,
  extensions {ref} NOT NULL DEFAULT 0,
  reworks {ref} NOT NULL DEFAULT 0,
  reopens {ref} NOT NULL DEFAULT 0,
  opened_at TEXT NOT NULL,
  moved_at TEXT NOT NULL,
  filed_at TEXT,
  dispatched_at TEXT,
  accepted_at TEXT,
  handled_at TEXT,
  verified_at TEXT,
  closed_at TEXT,
  archived_at TEXT,
  accept_due TEXT,
  secure_due TEXT,
  resolve_due TEXT,
  hold_until TEXT,
  photos_public_at TEXT
) {strict};
CREATE INDEX cases_reporter ON cases (reporter_id, opened_at);
CREATE INDEX cases_contact ON cases (contact_id, state) WHERE closed_at IS NULL;
CREATE INDEX cases_open ON cases (state, opened_at)
  WHERE state NOT IN ('closed', 'rejected', 'merged', 'withdrawn');
CREATE INDEX cases_same ON cases (category, opened_at)
  WHERE state NOT IN ('closed', 'rejected', 'merged', 'withdrawn');
CREATE INDEX cases_opened ON cases (opened_at);

CREATE TABLE case_events (
  id {id},
  case_id {ref} NOT NULL REFERENCES cases (id),
  version {ref} NOT NULL,
  move TEXT NOT NULL REFERENCES moves (name),
  from_state TEXT NOT NULL REFERENCES case_states (name),
  to_state TEXT NOT NULL REFERENCES case_states (name),
  actor_id {ref} NOT NULL REFERENCES members (id),
  agency_id TEXT,
  contact_id {ref} REFERENCES members (id),
  at TEXT NOT NULL,
  note TEXT NOT NULL DEFAULT '',
  UNIQUE (case_id, version)
) {strict};

CREATE TABLE case_people (
  case_id {ref} NOT NULL REFERENCES cases (id),
  member_id {ref} NOT NULL REFERENCES members (id),
  relation TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (case_id, member_id, relation)
) {strict};

CREATE TABLE ratings (
  case_id {ref} NOT NULL REFERENCES cases (id),
  member_id {ref} NOT NULL REFERENCES members (id),
  score TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (case_id, member_id)
) {strict};

CREATE TABLE drafts (
  case_id {ref} PRIMARY KEY REFERENCES cases (id),
  platform TEXT NOT NULL REFERENCES platforms (name),
  chat TEXT NOT NULL,
  member_id {ref} NOT NULL REFERENCES members (id),
  album TEXT,
  message TEXT,
  asked TEXT NOT NULL DEFAULT '',
  settled TEXT NOT NULL DEFAULT '',
  expires_at TEXT NOT NULL,
  closed_at TEXT
) {strict};
CREATE UNIQUE INDEX drafts_open ON drafts (platform, chat, member_id) WHERE closed_at IS NULL;
CREATE INDEX drafts_album ON drafts (platform, chat, album) WHERE album IS NOT NULL;

CREATE TABLE photos (
  id {id},
  case_id {ref} REFERENCES cases (id),
  intervention_id {ref},
  member_id {ref} NOT NULL REFERENCES members (id),
  kind TEXT NOT NULL REFERENCES photo_kinds (name),
  platform TEXT NOT NULL REFERENCES platforms (name),
  ref TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'wanted' REFERENCES photo_states (name),
  wanted_at TEXT NOT NULL,
  tries {ref} NOT NULL DEFAULT 0,
  next_try_at TEXT NOT NULL,
  lease_until TEXT,
  stored_at TEXT,
  blob TEXT,
  thumb TEXT,
  bytes {ref},
  width {ref},
  height {ref},
  sha256_received TEXT,
  sha256_stored TEXT,
  dhash TEXT,
  phash TEXT,
  taken_claim TEXT,
  lat_claim_e6 {ref},
  lon_claim_e6 {ref},
  ai_label TEXT,
  reason TEXT
) {strict};
CREATE INDEX photos_case ON photos (case_id);
CREATE INDEX photos_wanted ON photos (next_try_at) WHERE state = 'wanted';
CREATE INDEX photos_member ON photos (member_id, wanted_at);
CREATE INDEX photos_received ON photos (sha256_received);

CREATE TABLE interventions (
  id {id},
  member_id {ref} NOT NULL REFERENCES members (id),
  at TEXT NOT NULL,
  note TEXT NOT NULL,
  place TEXT NOT NULL,
  undone_at TEXT
) {strict};
CREATE INDEX interventions_member ON interventions (member_id, at);

-- Append-only twice: the module has no update, and the trigger refuses one.
CREATE TABLE points (
  id {id},
  key TEXT NOT NULL UNIQUE,
  member_id {ref} NOT NULL REFERENCES members (id),
  item TEXT NOT NULL,
  delta {ref} NOT NULL,
  spendable_only TEXT,
  step TEXT NOT NULL,
  case_id {ref} REFERENCES cases (id),
  actor_id {ref} NOT NULL REFERENCES members (id),
  reason TEXT NOT NULL DEFAULT '',
  rules_id {ref},
  period TEXT NOT NULL,
  day TEXT NOT NULL,
  at TEXT NOT NULL,
  of_id {ref} REFERENCES points (id)
) {strict};
CREATE UNIQUE INDEX points_settled ON points (of_id, step) WHERE of_id IS NOT NULL;
CREATE INDEX points_member ON points (member_id, period);
CREATE INDEX points_case ON points (case_id) WHERE case_id IS NOT NULL;

CREATE TABLE rules (
  id {id},
  effective_from TEXT NOT NULL UNIQUE,
  hash TEXT NOT NULL,
  content TEXT NOT NULL,
  stored_at TEXT NOT NULL
) {strict};

CREATE TABLE audit (
  id {id},
  at TEXT NOT NULL,
  actor_id {ref} REFERENCES members (id),
  action TEXT NOT NULL,
  object TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT '',
  sequence {ref} UNIQUE,
  hash TEXT
) {strict};
CREATE INDEX audit_unsealed ON audit (id) WHERE sequence IS NULL;

CREATE TABLE inbox (
  id {id},
  source TEXT NOT NULL,
  event_id TEXT NOT NULL,
  lane TEXT NOT NULL,
  payload TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'new' REFERENCES inbox_states (name),
  received_at TEXT NOT NULL,
  done_at TEXT,
  tries {ref} NOT NULL DEFAULT 0,
  next_try_at TEXT,
  claimed_until TEXT,
  error TEXT,
  UNIQUE (source, event_id)
) {strict};
CREATE INDEX inbox_new ON inbox (lane, id) WHERE state = 'new';
CREATE INDEX inbox_old ON inbox (received_at) WHERE state <> 'new';

CREATE TABLE outbox (
  id {id},
  once TEXT UNIQUE,
  kind TEXT NOT NULL DEFAULT 'message',
  platform TEXT NOT NULL REFERENCES platforms (name),
  chat TEXT NOT NULL,
  private TEXT NOT NULL,
  member_id {ref} REFERENCES members (id),
  topic TEXT NOT NULL,
  slot TEXT,
  body TEXT NOT NULL,
  rank {ref} NOT NULL,
  case_id {ref} REFERENCES cases (id),
  valid_round {ref},
  valid_states TEXT NOT NULL DEFAULT '',
  not_before TEXT NOT NULL,
  photos_until TEXT,
  only_edit TEXT,
  state TEXT NOT NULL DEFAULT 'queued' REFERENCES outbox_states (name),
  lease_until TEXT,
  tries {ref} NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL,
  sent_at TEXT,
  message TEXT,
  reason TEXT
) {strict};
CREATE INDEX outbox_due ON outbox (platform, not_before) WHERE state IN ('queued', 'sending', 'unknown');
CREATE INDEX outbox_topic ON outbox (topic, id) WHERE state IN ('queued', 'sending', 'unknown');
CREATE INDEX outbox_slot ON outbox (platform, chat, slot, id) WHERE slot IS NOT NULL;
CREATE INDEX outbox_case ON outbox (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX outbox_sent ON outbox (platform, sent_at) WHERE sent_at IS NOT NULL;

CREATE TABLE said (
  platform TEXT NOT NULL REFERENCES platforms (name),
  chat TEXT NOT NULL,
  message TEXT NOT NULL,
  case_id {ref} NOT NULL REFERENCES cases (id),
  PRIMARY KEY (platform, chat, message)
) {strict};
CREATE INDEX said_case ON said (case_id);

CREATE TABLE prompts (
  id {id},
  outbox_id {ref} NOT NULL REFERENCES outbox (id),
  platform TEXT NOT NULL REFERENCES platforms (name),
  chat TEXT NOT NULL,
  case_id {ref} REFERENCES cases (id),
  choices TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  closed_at TEXT
) {strict};
CREATE INDEX prompts_open ON prompts (platform, chat, expires_at) WHERE closed_at IS NULL;
CREATE INDEX prompts_outbox ON prompts (outbox_id);

CREATE TABLE dialogs (
  platform TEXT NOT NULL REFERENCES platforms (name),
  chat TEXT NOT NULL,
  member_id {ref} NOT NULL REFERENCES members (id),
  step TEXT NOT NULL,
  data TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  PRIMARY KEY (platform, chat, member_id)
) {strict};

CREATE TABLE timers (
  name TEXT NOT NULL,
  key TEXT NOT NULL,
  due_at TEXT NOT NULL,
  case_id {ref} REFERENCES cases (id),
  handed_at TEXT,
  PRIMARY KEY (name, key)
) {strict};
CREATE INDEX timers_due ON timers (due_at) WHERE handed_at IS NULL;
CREATE INDEX timers_case ON timers (case_id) WHERE case_id IS NOT NULL;

CREATE TABLE ticks (name TEXT PRIMARY KEY, last_at TEXT NOT NULL) {strict};

CREATE TABLE leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, until TEXT NOT NULL) {strict};

CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) {strict};

-- only sqlite
CREATE TRIGGER points_no_update BEFORE UPDATE ON points BEGIN SELECT RAISE(ABORT, 'points are append-only'); END;
CREATE TRIGGER points_no_delete BEFORE DELETE ON points BEGIN SELECT RAISE(ABORT, 'points are append-only'); END;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
  WHEN OLD.sequence IS NOT NULL OR NEW.at <> OLD.at OR NEW.action <> OLD.action OR NEW.object <> OLD.object
    OR NEW.detail <> OLD.detail OR NEW.actor_id IS NOT OLD.actor_id
  BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
-- end
-- only postgres
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END;
$$;
CREATE TRIGGER points_no_change BEFORE UPDATE OR DELETE ON points FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER points_no_truncate BEFORE TRUNCATE ON points FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit FOR EACH ROW
  WHEN (OLD.sequence IS NOT NULL OR NEW.at <> OLD.at OR NEW.action <> OLD.action OR NEW.object <> OLD.object
    OR NEW.detail <> OLD.detail OR NEW.actor_id IS DISTINCT FROM OLD.actor_id)
  EXECUTE FUNCTION append_only();
-- end
