-- The sandbox is a platform of its own: what a messenger's servers would keep stands in these tables.
CREATE TABLE sandbox_messages (
  id {id},
  chat TEXT NOT NULL,
  private TEXT,
  sender TEXT,
  sender_name TEXT NOT NULL,
  text TEXT NOT NULL,
  pictures TEXT NOT NULL,
  buttons TEXT NOT NULL,
  answers {ref},
  reaction TEXT NOT NULL DEFAULT '',
  position TEXT,
  at TEXT NOT NULL,
  edited_at TEXT
) {strict};
CREATE INDEX sandbox_messages_chat ON sandbox_messages (chat, id);

-- What people did, until the bot has taken it; `answer` is the notice shown to the one who pressed.
CREATE TABLE sandbox_updates (
  id {id},
  event_id TEXT NOT NULL UNIQUE,
  person TEXT NOT NULL,
  chat TEXT NOT NULL,
  payload TEXT NOT NULL,
  at TEXT NOT NULL,
  delivered_at TEXT,
  answered_at TEXT,
  answer TEXT,
  alert TEXT
) {strict};
CREATE INDEX sandbox_updates_new ON sandbox_updates (id) WHERE delivered_at IS NULL;
CREATE INDEX sandbox_updates_answered ON sandbox_updates (answered_at) WHERE answered_at IS NOT NULL;

-- Pieces, so that no transaction holds the database for the whole of a large picture.
CREATE TABLE sandbox_uploads (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  bytes {ref} NOT NULL,
  at TEXT NOT NULL
) {strict};
CREATE TABLE sandbox_upload_parts (
  upload TEXT NOT NULL,
  part {ref} NOT NULL,
-- only sqlite
  data BLOB NOT NULL,
-- end
-- only postgres
  data BYTEA NOT NULL,
-- end
  PRIMARY KEY (upload, part)
) {strict};

CREATE TABLE sandbox_seen (chat TEXT PRIMARY KEY, message {ref} NOT NULL) {strict};
