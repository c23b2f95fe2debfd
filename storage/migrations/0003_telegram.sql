-- What a chat platform with real groups needs: recordings, words that may be edited, groups that move or are not heard.
CREATE TABLE media_kinds (name TEXT PRIMARY KEY) {strict};
INSERT INTO media_kinds (name) VALUES ('voice'), ('video');
ALTER TABLE photos ADD COLUMN media TEXT REFERENCES media_kinds (name);
ALTER TABLE said ADD COLUMN words TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN pictures {ref} NOT NULL DEFAULT 0;
-- Beside `groups`: what is known of every group the bot is or was in, bound or not.
CREATE TABLE chats (
  platform TEXT NOT NULL REFERENCES platforms (name),
  chat TEXT NOT NULL,
  title TEXT NOT NULL DEFAULT '',
  joined_at TEXT NOT NULL,
  left_at TEXT,
  deaf_at TEXT,
  moved_to TEXT,
  PRIMARY KEY (platform, chat)
) {strict};
